/**
 * Reads `metrics.json` back. The file may come from anywhere, so every field is checked, and what is not known
 * here is left behind.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { command, sentence } from "../core/sentence.ts";
import {
  type Calibration,
  CASE_MEASURES,
  type CaseResult,
  type Comparison,
  type Detection,
  type Difference,
  type Estimate,
  type EvaluatedData,
  type EvaluatedModel,
  type EvaluationResults,
  type EvaluationSettings,
  type LesionCounts,
  type NamedSummary,
  type NormalsSummary,
  POOLED_MEASURES,
  RESULTS_FORMAT,
  type SizeSummary,
  type Spread,
  type Summary,
  type ThresholdRow,
} from "./results.ts";
import { RESEARCH_ONLY } from "../core/version.ts";

/** Checks a value and returns it; `at` says where it stands in the file. Throws `Problem`. */
type Reader<Value> = (json: unknown, at: string) => Value;

class Problem extends Error {}

/**
 * The results in a file's text.
 *
 * @param source How to call the file in an error.
 * @throws InputError naming the first field that cannot be used.
 */
export function resultsFromJson(text: string, source: string): EvaluationResults {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InputError(`${source} is no JSON; expected a metrics.json that evaluate wrote`);
  }
  try {
    return results(json, "");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new InputError(
      sentence`${source} cannot be used: ${error.message}; evaluate the model again
        (${command("evaluate")})`,
    );
  }
}

const text: Reader<string> = (json, at) => {
  if (typeof json !== "string") throw new Problem(`${at} is no text`);
  return json;
};

const number: Reader<number> = (json, at) => {
  if (typeof json !== "number" || !Number.isFinite(json)) throw new Problem(`${at} is no number`);
  return json;
};

const flag: Reader<boolean> = (json, at) => {
  if (typeof json !== "boolean") throw new Problem(`${at} is neither true nor false`);
  return json;
};

/** One of a few values. */
function oneOf<const Value extends string | number>(...values: Value[]): Reader<Value> {
  return (json, at) => {
    if (values.includes(json as Value)) return json as Value;
    const shown = values.map((value) => JSON.stringify(value)).join(" or ");
    throw new Problem(`${at} is ${JSON.stringify(json)}, expected ${shown}`);
  };
}

function orNull<Value>(reader: Reader<Value>): Reader<Value | null> {
  return (json, at) => json === null ? null : reader(json, at);
}

function list<Value>(reader: Reader<Value>): Reader<Value[]> {
  return (json, at) => {
    if (!Array.isArray(json)) throw new Problem(`${at} is no list`);
    return json.map((item, index) => reader(item, `${at}[${index}]`));
  };
}

function object<Value>(
  readers: { readonly [Key in keyof Value]: Reader<Value[Key]> },
): Reader<Value> {
  const entries = Object.entries(readers) as [string, Reader<unknown>][];
  return (json, at) => {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      throw new Problem(at === "" ? "it is no JSON object" : `${at} is no JSON object`);
    }
    const given = json as Record<string, unknown>;
    const read = entries.map(([key, reader]) => {
      const place = at === "" ? key : `${at}.${key}`;
      if (!Object.hasOwn(given, key)) throw new Problem(`it has no ${place}`);
      return [key, reader(given[key], place)];
    });
    return Object.fromEntries(read) as Value;
  };
}

/** An object with the same reader for each of some keys. */
function record<Key extends string, Value>(
  keys: readonly Key[],
  reader: Reader<Value>,
): Reader<Record<Key, Value>> {
  return object(Object.fromEntries(keys.map((key) => [key, reader])) as Record<Key, Reader<Value>>);
}

const figure = orNull(number);

const model = object<EvaluatedModel>({
  file: text,
  sha256: text,
  run: orNull(text),
  epoch: figure,
  network_width: number,
  network_height: number,
});

const lesions: { readonly [Key in keyof LesionCounts]: Reader<number> } = {
  truth: number,
  predicted: number,
  found: number,
  missed: number,
  false: number,
  strict_found: number,
  strict_missed: number,
  strict_false: number,
};

const sizeName = oneOf("small", "medium", "large");

const caseResult = object<CaseResult>({
  image: text,
  kind: oneOf("lesion", "normal"),
  class: orNull(text),
  group: orNull(text),
  size_group: orNull(sizeName),
  width: number,
  height: number,
  truth_px: number,
  predicted_px: number,
  intersection_px: number,
  area_error_px: number,
  area_error: figure,
  abs_area_error: figure,
  dice: figure,
  iou: figure,
  precision: figure,
  recall: figure,
  hd95_px: figure,
  assd_px: figure,
  lesions: object<LesionCounts>(lesions),
  resized_masks: number,
});

/** A case with all the figures of its kind. */
const wholeCase: Reader<CaseResult> = (json, at) => {
  const result = caseResult(json, at);
  const missing = CASE_MEASURES.find((measure) =>
    (result[measure] === null) !== (result.kind === "normal")
  );
  if (missing === undefined) return result;
  throw new Problem(`${at}.${missing} does not fit a ${result.kind} image`);
};

const estimate = object<Estimate>({ value: figure, low: figure, high: figure });
const spread = object<Spread>({ mean: estimate, median: estimate, std: figure });

const summary: { readonly [Key in keyof Summary]: Reader<Summary[Key]> } = {
  cases: number,
  nothing_predicted: number,
  per_case: record(CASE_MEASURES, spread),
  pooled: record(POOLED_MEASURES, estimate),
  detection: object<Detection>({
    ...lesions,
    sensitivity: estimate,
    precision: estimate,
    false_per_image: estimate,
    strict_sensitivity: estimate,
    strict_precision: estimate,
  }),
};

const normals = object<NormalsSummary>({
  cases: number,
  false_alarms: number,
  false_alarm_rate: estimate,
  false_lesions: number,
  false_per_image: estimate,
  mean_area_share: figure,
});

const thresholdRow = object<ThresholdRow>({
  threshold: number,
  dice: figure,
  iou: figure,
  precision: figure,
  recall: figure,
  pooled_dice: figure,
  nothing_predicted: number,
  false_alarms: number,
});

const calibration = object<Calibration>({
  ece: figure,
  brier: figure,
  bins: list(object({
    from: number,
    to: number,
    pixels: number,
    mean_probability: figure,
    lesion_share: figure,
  })),
});

const size: Reader<EvaluationSettings["size"]> = (json, at) =>
  json === "original" ? json : object<{ width: number; height: number }>({
    width: number,
    height: number,
  })(json, at);

const results = object<EvaluationResults>({
  format: oneOf(RESULTS_FORMAT),
  notice: oneOf(RESEARCH_ONLY),
  model,
  data: object<EvaluatedData>({
    part: text,
    split: orNull(text),
    images: number,
    lesion_images: number,
    normal_images: number,
    groups: figure,
    trained_on: figure,
  }),
  settings: object<EvaluationSettings>({
    threshold: number,
    size,
    bootstrap: object<EvaluationSettings["bootstrap"]>({
      resamples: number,
      seed: number,
      level: number,
      unit: oneOf("image", "group"),
    }),
  }),
  warnings: list(text),
  overall: object<Summary>(summary),
  by_class: list(object<NamedSummary>({ name: text, normals: number, ...summary })),
  by_size: list(object<SizeSummary>({ name: sizeName, from: number, below: figure, ...summary })),
  normals,
  thresholds: list(thresholdRow),
  calibration,
  cases: list(wholeCase),
  against: orNull(object<Comparison>({
    model,
    overall: object<Summary>(summary),
    normals,
    cases: list(wholeCase),
    differences: list(object<Difference>({
      measure: text,
      higher_is_better: flag,
      first: figure,
      second: figure,
      difference: estimate,
      better: figure,
      worse: figure,
      equal: figure,
    })),
  })),
});
