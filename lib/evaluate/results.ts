/**
 * What an evaluation found, as plain data: the content of `metrics.json`.
 *
 * Field names are those in the file. A figure is `null` where there is nothing to measure: every
 * figure of a lesion-free image but its areas and false lesions, and every mean over no case.
 * docs/metrics.md defines each measure.
 *
 * @module
 */
import { RESEARCH_ONLY } from "../core/version.ts";

/** The files of an evaluation, inside its folder. */
export const EVALUATION_FILES = { json: "metrics.json", csv: "metrics.csv" } as const;

/** Raised when the name or the meaning of a field changes. Format 1 is read as well. */
export const RESULTS_FORMAT = 2;

/** The whole of `metrics.json`. */
export interface EvaluationResults {
  readonly format: typeof RESULTS_FORMAT;
  readonly notice: typeof RESEARCH_ONLY;
  readonly model: EvaluatedModel;
  readonly data: EvaluatedData;
  readonly settings: EvaluationSettings;
  /** What a reader must know before believing the figures, as sentences. */
  readonly warnings: readonly string[];
  /** All images with a lesion. */
  readonly overall: Summary;
  /** By class, in the order of their names; empty where no classes are known. */
  readonly by_class: readonly NamedSummary[];
  /** By lesion size: small, medium, large; a group without a case has `cases` 0. */
  readonly by_size: readonly SizeSummary[];
  readonly lesion_free: LesionFreeSummary;
  readonly thresholds: readonly ThresholdRow[];
  readonly calibration: Calibration;
  /** Every image, in the order in which they were evaluated. */
  readonly cases: readonly CaseResult[];
  /** The second model, where there is one. */
  readonly against: Comparison | null;
}

/** A model and what it was made for. */
export interface EvaluatedModel {
  /** Relative to the data directory. */
  readonly file: string;
  readonly sha256: string;
  /** The run that it lies in, by name. */
  readonly run: string | null;
  /** The epoch after which it was saved, from 1. */
  readonly epoch: number | null;
  /** The network's input, px. */
  readonly network_width: number;
  readonly network_height: number;
}

/** On what a model was evaluated. */
export interface EvaluatedData {
  /** The part of the split: "test", "validation", "train"; "all" where no split was used. */
  readonly part: string;
  /** The file that names the images, relative to the data directory. */
  readonly split: string | null;
  readonly images: number;
  readonly lesion_images: number;
  readonly lesion_free_images: number;
  /**
   * Groups of images that belong together (of one patient, or alike), images alone counted as
   * groups; `null` where none is known.
   */
  readonly groups: number | null;
  /** Evaluated images that the model's run trained on; `null` where that is not known. */
  readonly trained_on: number | null;
}

/** How the figures were made. */
export interface EvaluationSettings {
  /** Above it a pixel belongs to a lesion. */
  readonly threshold: number;
  /** "original": each image at its own size; else the size of all in px. */
  readonly size: "original" | { readonly width: number; readonly height: number };
  /**
   * How the intervals were drawn. `unit` is what is resampled: "image", or "group" where groups are
   * known.
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
  /** The patient, where known. */
  readonly group: string | null;
  readonly size_group: SizeName | null;
  /** The size at which everything here is measured, px. */
  readonly width: number;
  readonly height: number;
  /** Areas in pixels. */
  readonly truth_px: number;
  readonly predicted_px: number;
  readonly intersection_px: number;
  /** Predicted minus true area, in pixels and as a share of the true area. */
  readonly area_error_px: number;
  readonly area_error: number | null;
  /** The size of that share, whatever its sign. */
  readonly abs_area_error: number | null;
  readonly dice: number | null;
  readonly iou: number | null;
  readonly precision: number | null;
  readonly recall: number | null;
  /**
   * The 95th percentile of the distances between the outlines, px; the image's diagonal where
   * nothing was predicted.
   */
  readonly hd95_px: number | null;
  /** The average of these distances, px; likewise. */
  readonly assd_px: number | null;
  readonly lesions: LesionCounts;
  /** Masks of the image that had another size than it and were resized. */
  readonly resized_masks: number;
}

/** Lesions of one image or of many: connected parts (8 neighbours). */
export interface LesionCounts {
  readonly truth: number;
  readonly predicted: number;
  /** True lesions that a predicted pixel lies in. */
  readonly found: number;
  readonly missed: number;
  /** Predicted lesions without a true pixel. */
  readonly false: number;
  /** The same where only a pair with an IoU of at least 0.5 counts as found. */
  readonly strict_found: number;
  readonly strict_missed: number;
  readonly strict_false: number;
}

/**
 * A figure with the bounds of its 95 % interval, `null` where fewer than two images (or groups)
 * leave nothing to resample.
 */
export interface Estimate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** Mean and median over cases; the standard deviation is between cases (n - 1). */
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

/** The measures that also exist for all pixels taken together. */
export const POOLED_MEASURES = ["dice", "iou", "precision", "recall"] as const;
export type PooledMeasure = typeof POOLED_MEASURES[number];

/** A set of images with a lesion. */
export interface Summary {
  readonly cases: number;
  /** Those of them in which nothing was predicted. */
  readonly nothing_predicted: number;
  /** Per case, then mean and median. */
  readonly per_case: Readonly<Record<CaseMeasure, Spread>>;
  /** Of the pixels of all cases taken together. */
  readonly pooled: Readonly<Record<PooledMeasure, Estimate>>;
  readonly detection: Detection;
}

/** How many lesions were found. */
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
  /** Lesion-free images of this class; they are in none of its figures. */
  readonly lesion_free: number;
}

export type SizeName = "small" | "medium" | "large";

export interface SizeSummary extends Summary {
  readonly name: SizeName;
  /**
   * The group's bounds: lesion area as a share of the image, `from` included, `below` not; `null`
   * for no bound.
   */
  readonly from: number;
  readonly below: number | null;
}

/** Images without a lesion. */
export interface LesionFreeSummary {
  readonly cases: number;
  /** Those in which any lesion is predicted, and their share. */
  readonly false_alarms: number;
  readonly false_alarm_rate: Estimate;
  /** Predicted lesions in all of them, and per lesion-free image. */
  readonly false_lesions: number;
  readonly false_per_image: Estimate;
  /** Mean predicted area as a share of the image. */
  readonly mean_area_share: number | null;
}

/** What another threshold would give. */
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

/** How far probabilities can be taken at their word, over the pixels of all images. */
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
  /** Cases in which the first is better, worse, equal; for measures of cases only. */
  readonly better: number | null;
  readonly worse: number | null;
  readonly equal: number | null;
}
