/**
 * The content of a report as plain data. The code that gathers it reads files; the code that
 * renders it does not.
 *
 * @module
 */
import type { EvaluationResults } from "../../evaluate/results.ts";
import type { NamedValue } from "../../page/values.ts";
import type { EpochRecord, EpochTiming } from "../curves.ts";

/** The whole report. */
export interface ReportData {
  readonly run: string;
  /** The version of Sonoseg that wrote the report. */
  readonly version: string;
  /** When the run began, and when its last epoch ended, as ISO times. */
  readonly begun?: string | undefined;
  readonly ended?: string | undefined;
  /** The command that begins such a run. */
  readonly command?: string | undefined;
  readonly state: "training" | "stopped" | "finished";
  /** Epochs finished and planned. */
  readonly epoch: number;
  readonly epochs: number;
  /** Why the run ended before its last epoch. */
  readonly early?: string | undefined;
  /** All finished epochs, from the first. */
  readonly history: readonly EpochRecord[];
  /** Absent before the first epoch. */
  readonly best?: { readonly epoch: number; readonly dice: number | null };
  /** Whether the model of the last epoch is the one to use. Default: that of the best. */
  readonly keepsLast?: boolean;
  readonly parts: readonly { readonly name: string; readonly images: number }[];
  readonly config: readonly NamedValue[];
  readonly dataset: DatasetSummary;
  readonly timings: readonly EpochTiming[];
  readonly manifest: readonly ReportTable[];
  readonly results?: ReportResults | undefined;
  /** The reason why there are no results, and what to do about it. */
  readonly noResults?: string | undefined;
  readonly strip?: Strip | undefined;
  /** Training images as they were changed at random. */
  readonly augmented?: Sheet | undefined;
  /** What to do next, the most useful first. */
  readonly next?: readonly NextStep[];
}

/** A picture of many images: a PNG file in base64. */
export interface Sheet {
  readonly width: number;
  readonly height: number;
  readonly png: string;
}

/** Something that was seen, what to do about it, and the command that does it. */
export interface NextStep {
  readonly saw: string;
  readonly todo: string;
  readonly command?: string | undefined;
}

/** Facts about the images. */
export interface DatasetSummary {
  readonly rows: readonly NamedValue[];
  /** Warnings as sentences. */
  readonly warnings: readonly string[];
  /** The findings of the inspection. */
  readonly findings?: ReportTable | undefined;
}

/** A table with a heading for each column. */
export interface ReportTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** An evaluation and pictures of some of its cases. */
export interface ReportResults {
  /** What was evaluated, where and how, in one or two sentences. */
  readonly source: string;
  readonly evaluation: EvaluationResults;
  readonly gallery: readonly GalleryGroup[];
}

/** Cases under one heading. */
export interface GalleryGroup {
  readonly title: string;
  readonly cases: readonly GalleryCase[];
}

/** A case with its picture. */
export interface GalleryCase {
  readonly name: string;
  /** "Dice 0.812, lesion 1,234 px". */
  readonly figures: string;
  /** Absent where the image could not be read. */
  readonly picture?: OutlinedPicture | undefined;
}

/** An image with outlines, drawn as lines over it. */
export interface OutlinedPicture {
  /** The width of the original in px: the unit of the outline coordinates. */
  readonly width: number;
  readonly height: number;
  /** A PNG file in base64. */
  readonly png: string;
  /** The true outlines as SVG paths. */
  readonly truth: string;
  readonly predicted: string;
  readonly map?: ProbabilityMap | undefined;
}

/** The probabilities of a picture, for the viewer. */
export interface ProbabilityMap {
  /** The bytes at the picture's size, packed by `packedMap`. */
  readonly packed: string;
  /** The threshold of the predicted outline. */
  readonly threshold: number;
  /** Pixels of the image for each pixel of the picture. */
  readonly pixels: number;
}

/** The same images at several epochs. */
export interface Strip {
  readonly width: number;
  readonly height: number;
  readonly images: readonly {
    readonly name: string;
    readonly png: string;
    readonly truth: string;
  }[];
  /**
   * The predicted outlines of each epoch, as one string of SVG paths per image. The note says
   * "best" or "last".
   */
  readonly epochs: readonly {
    readonly epoch: number;
    readonly note?: string;
    readonly predicted: readonly string[];
  }[];
}
