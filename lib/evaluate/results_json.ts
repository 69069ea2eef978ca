/**
 * Reads `metrics.json`. The file may come from anywhere, so every field is checked and unknown
 * fields are dropped.
 *
 * @module
 */
import { InputError, reworded } from "../core/errors.ts";
import {
  flag,
  formerly,
  list,
  number,
  object,
  objectOf,
  oneOf,
  optional,
  orNull,
  parseJson,
  type Reader,
  text,
} from "../core/json.ts";
import { command, sentence } from "../core/sentence.ts";
import { RESEARCH_ONLY } from "../core/version.ts";
import { mmPerPxFrom } from "../image/spacing.ts";
import { TTA_MODES } from "../model/choice.ts";
import {
  type Calibration,
  CASE_MEASURES,
  type CaseMillimetres,
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
  type LesionFreeSummary,
  type MmSummary,
  type NamedSummary,
  POOLED_MEASURES,
  RESULTS_FORMAT,
  type SizeSummary,
  type Spread,
  type Summary,
  type ThresholdRow,
} from "./results.ts";

/**
 * Reads the results from a file's text.
 *
 * @param source The file's name for errors.
 * @throws InputError that names the first invalid field.
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
  members: optional(list(object<{ file: string; sha256: string }>({ file: text, sha256: text }))),
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

/**
 * Names in format 1, where lesion-free images were called normal: keys and the `kind` of a case.
 */
const FORMER_SUMMARY = { lesion_free: "normals" } as const;
const FORMER_DATA = { lesion_free_images: "normal_images" } as const;

const caseKind: Reader<CaseResult["kind"]> = (json, at) =>
  json === "normal" ? "lesion_free" : oneOf("lesion", "lesion_free")(json, at);

const caseResult = object<CaseResult>({
  image: text,
  kind: caseKind,
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
  millimetres: optional(object<CaseMillimetres>({
    mm_per_px: mmPerPxFrom,
    truth_mm2: number,
    predicted_mm2: number,
    area_error_mm2: number,
    hd95_mm: figure,
    assd_mm: figure,
  })),
});

/** Reads a case and checks that it has all figures of its kind. */
const wholeCase: Reader<CaseResult> = (json, at = "") => {
  const result = caseResult(json, at);
  const isUnfit = (value: number | null) => (value === null) !== (result.kind === "lesion_free");
  const inMm = result.millimetres;
  const missing = CASE_MEASURES.find((measure) => isUnfit(result[measure])) ??
    (["hd95_mm", "assd_mm"] as const).find((measure) => inMm && isUnfit(inMm[measure]));
  if (missing === undefined) return result;
  const kind = result.kind.replace("_", "-");
  throw new InputError(`${at}.${missing} does not fit a ${kind} image`);
};

const estimate = object<Estimate>({ value: figure, low: figure, high: figure });
const spread = object<Spread>({ mean: estimate, median: estimate, std: figure });

const summary: { readonly [Key in keyof Summary]-?: Reader<Summary[Key]> } = {
  cases: number,
  nothing_predicted: number,
  per_case: objectOf(CASE_MEASURES, spread),
  per_case_mm: optional(object<MmSummary>({
    cases: number,
    hd95_mm: spread,
    assd_mm: spread,
    area_error_mm2: spread,
  })),
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

const lesionFree = object<LesionFreeSummary>({
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

/** Checks the format; the result always has the current one. */
const format: Reader<EvaluationResults["format"]> = (json, at) => {
  oneOf(1, RESULTS_FORMAT)(json, at);
  return RESULTS_FORMAT;
};

const namedSummary = formerly(
  FORMER_SUMMARY,
  object<NamedSummary>({ name: text, lesion_free: number, ...summary }),
);

const data = formerly(
  FORMER_DATA,
  object<EvaluatedData>({
    part: text,
    split: orNull(text),
    images: number,
    lesion_images: number,
    lesion_free_images: number,
    groups: figure,
    trained_on: figure,
  }),
);

const comparison = formerly(
  FORMER_SUMMARY,
  object<Comparison>({
    model,
    overall: object<Summary>(summary),
    lesion_free: lesionFree,
    cases: list(wholeCase),
    differences: list(object<Difference>({
      measure: text,
      higher_is_better: flag,
      first: figure,
      second: figure,
      difference: estimate,
      p: optional(figure),
      p_corrected: optional(figure),
      better: figure,
      worse: figure,
      equal: figure,
    })),
  }),
);

const results = formerly(
  FORMER_SUMMARY,
  object<EvaluationResults>({
    format,
    notice: oneOf(RESEARCH_ONLY),
    model,
    data,
    settings: object<EvaluationSettings>({
      threshold: number,
      tta: optional(oneOf(...TTA_MODES)),
      size,
      mm_per_px: optional(mmPerPxFrom),
      spacings: optional(text),
      spacings_sha256: optional(text),
      bootstrap: object<EvaluationSettings["bootstrap"]>({
        resamples: number,
        seed: number,
        level: number,
        unit: oneOf("image", "group"),
      }),
    }),
    warnings: list(text),
    overall: object<Summary>(summary),
    by_class: list(namedSummary),
    by_size: list(object<SizeSummary>({ name: sizeName, from: number, below: figure, ...summary })),
    lesion_free: lesionFree,
    thresholds: list(thresholdRow),
    calibration,
    cases: list(wholeCase),
    against: orNull(comparison),
  }),
);
