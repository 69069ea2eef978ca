/**
 * How exact are the gradients of random networks? Prints Markdown tables: the errors of an engine,
 * as multiples of PyTorch's float32 and of the measure of support/gradient_errors.ts, those of
 * PyTorch's other kernels likewise, and how small a fault would be found.
 *
 *     deno run -A tests/interop/gradient_table.ts 200 CPU
 *
 * @module
 */
import { fastEngines } from "../support/engines.ts";
import {
  comparable,
  errorsOf,
  gradientsOn,
  noiseOf,
  ownMeasures,
  sharedMeasures,
  TIMES,
} from "../support/gradient_errors.ts";
import { withRandomNetworks } from "./random_networks.ts";

/** Relative faults of one gradient. */
const FAULTS = [1e-2, 1e-3, 1e-4];

/** One gradient of one network. */
interface Row {
  readonly network: string;
  readonly parameter: string;
  readonly elements: number;
  /** PyTorch's error. */
  readonly pytorch: number;
  /** Both are multiples of PyTorch's error. */
  readonly ours: number;
  readonly other: number;
  /** Both are multiples of the measure. */
  readonly oursMeasured: number;
  readonly otherMeasured: number;
  readonly measure: number;
}

/** The kinds of parameters, by the ends of their names. */
const KINDS: Readonly<Record<string, RegExp>> = {
  "3x3 convolution, weight": /double_conv\.[03]\.weight$/,
  "batch norm, weight": /double_conv\.[14]\.weight$/,
  "batch norm, bias": /double_conv\.[14]\.bias$/,
  "of these, first level": /^inc\.double_conv\.[14]\.bias$/,
  "transposed convolution, weight": /\.up\.weight$/,
  "transposed convolution, bias": /\.up\.bias$/,
  "last convolution, weight": /^outc\.conv\.weight$/,
  "last convolution, bias": /^outc\.conv\.bias$/,
  "all": /^/,
};

async function measure(count: number, label: string): Promise<Row[]> {
  const tested = fastEngines.find((each) => each.label === label);
  if (tested === undefined) throw new Error(`no engine ${label}`);
  const rows: Row[] = [];
  await withRandomNetworks(count, async ({ title, step, float32, other }) => {
    const { exact } = step;
    const pytorch = errorsOf(float32, exact);
    const [theirs, ours] = [other, await gradientsOn(tested.engine, step)]
      .map((gradients) => errorsOf(gradients, exact));
    const own = ownMeasures(pytorch);
    const shared = sharedMeasures(exact, pytorch, await noiseOf(step));
    for (const name of comparable(exact)) {
      rows.push({
        network: title,
        parameter: name,
        elements: exact[name].data.length,
        pytorch: pytorch[name],
        ours: ours[name] / own[name],
        other: theirs[name] / own[name],
        oursMeasured: ours[name] / shared[name],
        otherMeasured: theirs[name] / shared[name],
        measure: shared[name],
      });
    }
  });
  return rows;
}

/** The median, the 90th and 99th of a hundred, and the largest. */
function distribution(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))].toPrecision(2);
  return [.5, .9, .99, 1].map(at).join(" ");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function printTables(rows: readonly Row[]): void {
  const networks = new Set(rows.map(({ network }) => network)).size;
  console.log(`${rows.length} gradients of ${networks} networks\n`);
  const keys = ["ours", "other", "oursMeasured", "otherMeasured"] as const;
  const heads = ["gradients of", "number", "PyTorch's error", ...keys];
  console.log(`| ${heads.join(" | ")} |\n|${"---|".repeat(heads.length)}`);
  for (const [kind, pattern] of Object.entries(KINDS)) {
    const those = rows.filter(({ parameter }) => pattern.test(parameter));
    const error = distribution(those.map(({ pytorch }) => pytorch)).split(" ")[0];
    const cells = keys.map((key) => distribution(those.map((row) => row[key])));
    console.log(`| ${[kind, those.length, error, ...cells].join(" | ")} |`);
  }
  console.log(`\n| beyond ${TIMES} | gradients | networks |\n|---|---|---|`);
  for (const key of keys) {
    const far = rows.filter((row) => !(row[key] <= TIMES));
    console.log(`| ${key} | ${far.length} | ${new Set(far.map((row) => row.network)).size} |`);
  }
  console.log(`\n| fault | found in | networks where any is found |\n|---|---|---|`);
  for (const fault of FAULTS) {
    const found = rows.filter((row) => fault > TIMES * row.measure);
    const any = new Set(found.map((row) => row.network)).size / networks;
    console.log(`| ${fault} | ${percent(found.length / rows.length)} | ${percent(any)} |`);
  }
  for (const key of ["ours", "oursMeasured"] as const) {
    const worst = rows.toSorted((a, b) => b[key] - a[key])[0];
    console.log(`\nThe worst of ${key}: ${JSON.stringify(worst)}`);
  }
}

const [count = "200", label = "CPU"] = Deno.args;
printTables(await measure(Number(count), label));
// The workers of the engines would go on waiting.
Deno.exit();
