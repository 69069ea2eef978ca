/**
 * What `evaluate --json` prints: one object, the figures without those of single images.
 *
 * @module
 */
import type { EvaluationResults } from "../../mod.ts";

/** An evaluation: `folder` has the whole figures, `report` is the page that shows them. */
export function evaluationJson(
  { model, data, settings, overall, lesion_free, calibration, against, warnings }:
    EvaluationResults,
  folder: string,
  report: string | undefined,
): Record<string, unknown> {
  return {
    event: "end",
    folder,
    report: report ?? null,
    model,
    data,
    settings,
    overall,
    lesion_free,
    ece: calibration.ece,
    ...(against && { against: { model: against.model, differences: against.differences } }),
    warnings,
  };
}
