/**
 * Builds `metrics.json` from measured images.
 *
 * @module
 */
import { RESEARCH_ONLY } from "../core/version.ts";
import { withoutSpacing } from "../dataset/spacings.ts";
import type { BootstrapOptions } from "./bootstrap.ts";
import type { MeasuredCase } from "./case.ts";
import { differencesOf } from "./difference.ts";
import { correctedTogether } from "./holm.ts";
import {
  type CaseResult,
  type EvaluatedData,
  type EvaluatedModel,
  type EvaluationResults,
  type EvaluationSettings,
  RESULTS_FORMAT,
} from "./results.ts";
import { figuresOf, summariseCases, summariseLesionFree } from "./summary.ts";

/** A model with its measured cases. */
export interface ModelCases {
  readonly model: EvaluatedModel;
  readonly cases: readonly MeasuredCase[];
}

/** The parts of an evaluation. */
export interface EvaluationParts {
  readonly evaluated: ModelCases;
  readonly against?: ModelCases;
  readonly data: Pick<EvaluatedData, "part" | "split" | "trained_on">;
  readonly settings: Omit<EvaluationSettings, "bootstrap">;
  readonly bootstrap: BootstrapOptions;
  readonly warnings: readonly string[];
}

/** With fewer images a warning says that intervals are rough. */
const FEW_IMAGES = 20;

/** Sums up an evaluation and adds the warnings that follow from its figures. */
export function resultsOf(parts: EvaluationParts): EvaluationResults {
  const { evaluated, against, bootstrap } = parts;
  const results = evaluated.cases.map(({ result }) => result);
  const figures = figuresOf(evaluated.cases, bootstrap);
  const isGrouped = results.some(({ group }) => group !== null);
  const groups = new Set(results.map(({ group, image }) => group ?? `alone ${image}`));
  const other = against?.cases.map(({ result }) => result);
  return {
    format: RESULTS_FORMAT,
    notice: RESEARCH_ONLY,
    model: evaluated.model,
    data: {
      part: parts.data.part,
      split: parts.data.split,
      images: results.length,
      lesion_images: figures.overall.cases,
      lesion_free_images: figures.lesion_free.cases,
      groups: isGrouped ? groups.size : null,
      trained_on: parts.data.trained_on,
    },
    settings: {
      ...parts.settings,
      bootstrap: { ...bootstrap, unit: isGrouped ? "group" : "image" },
    },
    warnings: [
      ...parts.warnings,
      ...doubts(figures.overall.cases),
      ...withoutMillimetres(results),
    ],
    ...figures,
    cases: results,
    against: against && other
      ? {
        model: against.model,
        overall: summariseCases(other, bootstrap),
        lesion_free: summariseLesionFree(other, bootstrap),
        cases: other,
        differences: correctedTogether([
          { differences: differencesOf(results, other, bootstrap) },
        ])[0].differences,
      }
      : null,
  };
}

/** What the measures in mm leave out. */
function withoutMillimetres(results: readonly CaseResult[]): string[] {
  const unknown = withoutSpacing(
    results.map(({ image, millimetres }) => [image, millimetres !== undefined]),
  );
  return unknown === undefined ? [] : [`${unknown}: the figures in mm are of the others`];
}

function doubts(lesionImages: number): string[] {
  if (lesionImages === 0) {
    return ["none of the images shows a lesion: there is no overlap to measure, only false alarms"];
  }
  if (lesionImages >= FEW_IMAGES) return [];
  const images = lesionImages === 1 ? "1 image shows" : `${lesionImages} images show`;
  return [`only ${images} a lesion: take the intervals as rough, and the differences with care`];
}
