/**
 * Reads `metrics.json` back. The file may come from anywhere, so every field is checked, and what is not known
 * here is left behind.
 *
 * @module
 */
import { InputError, reworded } from "../core/errors.ts";
import {
  flag,
  list,
  number,
  object,
  objectOf,
  oneOf,
  orNull,
  parseJson,
  type Reader,
  text,
} from "../core/json.ts";
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

/**
 * The results in a file's text.
 *
 * @param source How to call the file in an error.
 * @throws InputError naming the first field that cannot be used.
 */
export function resultsFromJson(content: string, source: string): EvaluationResults {
  const json = parseJson(content, source, "a metrics.json that evaluate wrote");
  return reworded(
    () => results(json),
    (why) =>
      sentence`${source} cannot be used: ${why}; evaluate the model again (${command("evaluate")})`,
  );
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
const wholeCase: Reader<CaseResult> = (json, at = "") => {
  const result = caseResult(json, at);
  const missing = CASE_MEASURES.find((measure) =>
    (result[measure] === null) !== (result.kind === "normal")
  );
  if (missing === undefined) return result;
  throw new InputError(`${at}.${missing} does not fit a ${result.kind} image`);
};

const estimate = object<Estimate>({ value: figure, low: figure, high: figure });
const spread = object<Spread>({ mean: estimate, median: estimate, std: figure });

const summary: { readonly [Key in keyof Summary]: Reader<Summary[Key]> } = {
  cases: number,
  nothing_predicted: number,
  per_case: objectOf(CASE_MEASURES, spread),
  pooled: objectOf(POOLED_MEASURES, estimate),
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

const size: Reader<EvaluationSettings["size"]> = (json, at = "") =>
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
