/**
 * The results of an evaluation as plain data: the content of `metrics.json`.
 *
 * Fields have their names in the file. A figure is `null` when there is nothing to measure. A
 * lesion-free image has no figures except its areas and false lesions; a mean over no case is
 * `null`. docs/metrics.md defines each measure.
 *
 * @module
 */
import type { TtaMode } from "../model/choice.ts";
import { RESEARCH_ONLY } from "../core/version.ts";
import type { MmPerPx } from "../image/spacing.ts";

/** The files of an evaluation, inside its folder. */
export const EVALUATION_FILES = { json: "metrics.json", csv: "metrics.csv" } as const;

/**
 * The version of the format, raised when a field changes its name or meaning. Format 1 can be read
 * as well.
 */
export const RESULTS_FORMAT = 2;

/** The whole of `metrics.json`. */
export interface EvaluationResults {
  readonly format: typeof RESULTS_FORMAT;
  readonly notice: typeof RESEARCH_ONLY;
  readonly model: EvaluatedModel;
  readonly data: EvaluatedData;
  readonly settings: EvaluationSettings;
  /** Sentences that qualify the figures. */
  readonly warnings: readonly string[];
  /** All images with a lesion. */
  readonly overall: Summary;
  /** By class, sorted by name; empty without classes. */
  readonly by_class: readonly NamedSummary[];
  /** By lesion size: small, medium, large; a group without a case has `cases` 0. */
  readonly by_size: readonly SizeSummary[];
  readonly lesion_free: LesionFreeSummary;
  readonly thresholds: readonly ThresholdRow[];
  readonly calibration: Calibration;
  /** Every image, in the order in which they were evaluated. */
  readonly cases: readonly CaseResult[];
  /** The second model; `null` without one. */
  readonly against: Comparison | null;
}

/** A model and its origin. */
export interface EvaluatedModel {
  /** Relative to the data directory. */
  readonly file: string;
  readonly sha256: string;
  /** The name of the run that holds it; `null` outside of runs. */
  readonly run: string | null;
  /** The epoch after which it was saved, from 1. */
  readonly epoch: number | null;
  /** The size of the network's input, px. */
  readonly network_width: number;
  readonly network_height: number;
  /** Every model, where several predict together; the fields above are those of the first. */
  readonly members?: readonly { readonly file: string; readonly sha256: string }[] | undefined;
}

/** The images of an evaluation. */
export interface EvaluatedData {
  /** The part of the split: "test", "validation", "train"; "all" where no split was used. */
  readonly part: string;
  /** The file that names the images, relative to the data directory. */
  readonly split: string | null;
  readonly images: number;
  readonly lesion_images: number;
  readonly lesion_free_images: number;
  /**
   * Number of groups (patients or near duplicates), including images without a group; `null` when
   * no groups are known.
   */
  readonly groups: number | null;
  /** Number of evaluated images that the model's run trained on; `null` when unknown. */
  readonly trained_on: number | null;
}

/** The settings of an evaluation. */
export interface EvaluationSettings {
  /** A pixel above this probability belongs to a lesion. */
  readonly threshold: number;
  /** The flips that were averaged over; absent without any. */
  readonly tta?: TtaMode | undefined;
  /** "original": each image at its own size; otherwise one size for all, px. */
  readonly size: "original" | { readonly width: number; readonly height: number };
  /** The size of a pixel that was given for all images; absent without one. */
  readonly mm_per_px?: MmPerPx | undefined;
  /** The table of spacings, where one was given, and the SHA-256 of its bytes. */
  readonly spacings?: string | undefined;
  readonly spacings_sha256?: string | undefined;
  /**
   * The settings of the intervals. `unit` is what is resampled: "group" when groups are known,
   * otherwise "image".
   */
  readonly bootstrap: {
    readonly resamples: number;
    readonly seed: number;
    readonly level: number;
    readonly unit: "image" | "group";
  };
}

/** One image. */
export interface CaseResult {
  /** Relative to the data directory. */
  readonly image: string;
  readonly kind: "lesion" | "lesion_free";
  readonly class: string | null;
  /** The patient, or the first of near duplicates; `null` when unknown. */
  readonly group: string | null;
  readonly size_group: SizeName | null;
  /** The size of all measurements, px. */
  readonly width: number;
  readonly height: number;
  /** Areas in pixels. */
  readonly truth_px: number;
  readonly predicted_px: number;
  readonly intersection_px: number;
  /** Predicted minus true area, in pixels and as a share of the true area. */
  readonly area_error_px: number;
  readonly area_error: number | null;
  /** The absolute value of that share. */
  readonly abs_area_error: number | null;
  readonly dice: number | null;
  readonly iou: number | null;
  readonly precision: number | null;
  readonly recall: number | null;
  /**
   * The 95th percentile of the distances between the outlines, px; the image's diagonal when
   * nothing is predicted.
   */
  readonly hd95_px: number | null;
  /** The mean of these distances, px; the diagonal when nothing is predicted. */
  readonly assd_px: number | null;
  readonly lesions: LesionCounts;
  /** Masks of another size than the image; they were resized. */
  readonly resized_masks: number;
  /** The measures in mm; absent where the size of the pixels is not known. */
  readonly millimetres?: CaseMillimetres | undefined;
}

/** The measures of an image in mm. */
export interface CaseMillimetres {
  /** The size of a pixel, at the size of all measurements. */
  readonly mm_per_px: MmPerPx;
  readonly truth_mm2: number;
  readonly predicted_mm2: number;
  /** Predicted minus true area. */
  readonly area_error_mm2: number;
  /** As {@linkcode CaseResult.hd95_px} and `assd_px`; distances are measured in mm. */
  readonly hd95_mm: number | null;
  readonly assd_mm: number | null;
}

/** Counts of lesions (8-connected components), of one image or of many. */
export interface LesionCounts {
  readonly truth: number;
  readonly predicted: number;
  /** True lesions with a predicted pixel. */
  readonly found: number;
  readonly missed: number;
  /** Predicted lesions without a true pixel. */
  readonly false: number;
  /** The same, where only a pair with an IoU of at least 0.5 counts as found. */
  readonly strict_found: number;
  readonly strict_missed: number;
  readonly strict_false: number;
}

/**
 * A figure with the bounds of its 95 % interval; `null` with fewer than two images (or groups) to
 * resample, or where all have the same value. A share of images or lesions always has an interval.
 */
export interface Estimate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** Mean and median over cases, and their standard deviation (n - 1). */
export interface Spread {
  readonly mean: Estimate;
  readonly median: Estimate;
  readonly std: number | null;
}

/** The measures that each case has. */
export const CASE_MEASURES = [
  "dice",
  "iou",
  "precision",
  "recall",
  "hd95_px",
  "assd_px",
  "area_error",
  "abs_area_error",
] as const;
export type CaseMeasure = typeof CASE_MEASURES[number];

/** The measures that also exist for the pixels of all cases together. */
export const POOLED_MEASURES = ["dice", "iou", "precision", "recall"] as const;
export type PooledMeasure = typeof POOLED_MEASURES[number];

/** The measures in mm that each case with known pixels has. */
export const MM_MEASURES = ["hd95_mm", "assd_mm", "area_error_mm2"] as const;
export type MmMeasure = typeof MM_MEASURES[number];

/** Mean, median and standard deviation of the measures in mm. */
export interface MmSummary extends Readonly<Record<MmMeasure, Spread>> {
  /** The images with a lesion whose pixels have a known size. */
  readonly cases: number;
}

/** A set of images with a lesion. */
export interface Summary {
  readonly cases: number;
  /** Images in which nothing is predicted. */
  readonly nothing_predicted: number;
  /** Mean, median and standard deviation of each measure over the cases. */
  readonly per_case: Readonly<Record<CaseMeasure, Spread>>;
  /** The same in mm; absent where the size of the pixels is known of no case. */
  readonly per_case_mm?: MmSummary | undefined;
  /** Figures of the pixels of all cases together. */
  readonly pooled: Readonly<Record<PooledMeasure, Estimate>>;
  readonly detection: Detection;
}

/** Detection of lesions. */
export interface Detection extends LesionCounts {
  /** Found / true. */
  readonly sensitivity: Estimate;
  /** (Predicted - false) / predicted. */
  readonly precision: Estimate;
  /** False lesions per image. */
  readonly false_per_image: Estimate;
  readonly strict_sensitivity: Estimate;
  readonly strict_precision: Estimate;
}

export interface NamedSummary extends Summary {
  readonly name: string;
  /** Number of lesion-free images of this class; no figure includes them. */
  readonly lesion_free: number;
}

export type SizeName = "small" | "medium" | "large";

export interface SizeSummary extends Summary {
  readonly name: SizeName;
  /**
   * The bounds of the group: lesion area as a share of the image, including `from`, excluding
   * `below`; `null` for no bound.
   */
  readonly from: number;
  readonly below: number | null;
}

/** Images without a lesion. */
export interface LesionFreeSummary {
  readonly cases: number;
  /** Lesion-free images with a predicted lesion, and their share. */
  readonly false_alarms: number;
  readonly false_alarm_rate: Estimate;
  /** Predicted lesions, in all images together and per image. */
  readonly false_lesions: number;
  readonly false_per_image: Estimate;
  /** Mean predicted area as a share of the image. */
  readonly mean_area_share: number | null;
}

/** The figures at another threshold. */
export interface ThresholdRow {
  readonly threshold: number;
  /** Means over the images with a lesion. */
  readonly dice: number | null;
  readonly iou: number | null;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly pooled_dice: number | null;
  readonly nothing_predicted: number;
  readonly false_alarms: number;
}

/** Calibration of the probabilities, over the pixels of all images. */
export interface Calibration {
  /**
   * Expected calibration error: mean |mean probability - share of lesion pixels|, bins weighted by
   * their pixels.
   */
  readonly ece: number | null;
  /** Mean squared difference between probability and truth. */
  readonly brier: number | null;
  /** Equal bins of the probability. */
  readonly bins: readonly ReliabilityBin[];
}

export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly pixels: number;
  readonly mean_probability: number | null;
  readonly lesion_share: number | null;
}

/** A second model on the same images. */
export interface Comparison {
  readonly model: EvaluatedModel;
  readonly overall: Summary;
  readonly lesion_free: LesionFreeSummary;
  readonly cases: readonly CaseResult[];
  /** First model minus second, resampled in pairs. */
  readonly differences: readonly Difference[];
}

export interface Difference {
  /**
   * A {@linkcode CaseMeasure} (mean over the images with a lesion), "pooled_dice", "sensitivity",
   * "false_per_image" (these images), or "false_alarm_rate" (lesion-free images).
   */
  readonly measure: string;
  readonly higher_is_better: boolean;
  readonly first: number | null;
  readonly second: number | null;
  readonly difference: Estimate;
  /**
   * How often chance alone would give a difference as large (permutation.ts); `null` where there is
   * nothing to measure. Files of earlier versions lack both.
   */
  readonly p?: number | null | undefined;
  /** The same, corrected for all differences that were asked together (holm.ts). */
  readonly p_corrected?: number | null | undefined;
  /**
   * Numbers of cases in which the first model is better, worse, equal; `null` for other measures.
   */
  readonly better: number | null;
  readonly worse: number | null;
  readonly equal: number | null;
}
