/**
 * Prints a plan as text, for comparison with the golden plans: one line per tensor and per step,
 * every field, keys sorted. Equal plans give equal texts, and a diff of two texts is readable.
 *
 * The golden texts keep the form in which they were written. Plans of a newer form are translated
 * back here, so that the tests still compare the computation.
 *
 * @module
 */
import { canonicalJson } from "../../lib/core/canonical_json.ts";
import type { Plan } from "../../lib/mod.ts";
import { DEFAULT_LOSS } from "../../lib/plan/losses.ts";
import { stepsOf } from "../../lib/plan/plan.ts";
import type { Step, TensorSpec } from "../../lib/plan/steps.ts";

/** A tensor or a step as plain data. */
type Entry = Readonly<Record<string, unknown>>;

/** The contents of a plan's text. */
interface OldPlan {
  readonly persistent: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly tensors: readonly Entry[];
  readonly setup: readonly Entry[];
  readonly steps: readonly Entry[];
}

/** Longer lists have one line per entry. */
const SHORT_LIST = 4;

/** Writes a plan as text. Throws `TypeError` for a field that JSON cannot hold. */
export function planText(plan: Plan): string {
  const { persistent, inputs, outputs, tensors, setup, steps, ...others } = oldForm(plan);
  const lines = [
    "# tensors",
    ...tensors.flatMap(linesOf),
    "# setup",
    ...setup.flatMap(linesOf),
    "# steps",
    ...steps.flatMap(linesOf),
    "# persistent",
    ...persistent,
    "# inputs",
    ...inputs,
    "# outputs",
    ...outputs,
  ];
  // Unknown fields must not be lost.
  for (const [name, value] of Object.entries(others)) {
    lines.push(`# ${name}`, canonicalJson(value));
  }
  return `${lines.join("\n")}\n`;
}

/** A plan in the form of the golden texts. */
function oldForm(plan: Plan): OldPlan {
  const { segments, ...fields } = plan;
  const steps = stepsOf(plan).map(oldStep);
  const tensors = fields.tensors.map(oldTensor);
  return { ...fields, tensors, setup: segments.setup, steps } as unknown as OldPlan;
}

/** A tensor in the form of the golden texts, which do not name the dtype of images. */
function oldTensor({ dtype, ...spec }: TensorSpec): Entry {
  return (dtype === "u8") === (spec.kind === "image") ? spec : { dtype, ...spec };
}

/** A step in the form of the golden texts. */
function oldStep(step: Step): Entry {
  if (step.kind === "loss") {
    const { terms, ...fields } = step;
    return JSON.stringify(terms) === JSON.stringify(DEFAULT_LOSS) ? fields : { ...step };
  }
  if (step.kind !== "update") return { ...step };
  const { kind: _, rule, hyper, entries, ...fields } = step;
  return {
    kind: rule,
    ...fields,
    entries: entries.map(({ slots: { exp_avg, exp_avg_sq, ...slots }, ...entry }) => ({
      ...entry,
      firstMoment: exp_avg,
      secondMoment: exp_avg_sq,
      ...slots,
    })),
    ...(String(Object.entries(hyper)) !== "beta1,0.9,beta2,0.999,epsilon,1e-8" && { hyper }),
  };
}

/** `KIND field=value field=value`, fields sorted; each entry of a long list on a line below. */
function linesOf(entry: Entry): string[] {
  const { kind, ...fields } = entry;
  const line = [String(kind)];
  const below: string[] = [];
  for (const name of Object.keys(fields).sort()) {
    const value = fields[name];
    // An undefined field counts as absent.
    if (value === undefined) continue;
    if (isLongList(value)) {
      line.push(`${name}=[${value.length}]`);
      below.push(...value.map((item) => `  ${name} ${canonicalJson(item)}`));
    } else {
      line.push(`${name}=${canonicalJson(value)}`);
    }
  }
  return [line.join(" "), ...below];
}

function isLongList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > SHORT_LIST;
}
