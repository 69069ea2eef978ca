/**
 * Shares of an evaluation that was read from a file. Earlier versions gave them bootstrap
 * intervals, which have no width at 0 and 100 %.
 *
 * @module
 */
import type { CaseResult, EvaluationResults, Summary } from "./results.ts";
import { detectionShares, falseAlarmShare, lesionFreeOf, lesionsOf } from "./summary.ts";

/** The evaluation with the shares, and their intervals, computed from its cases again. */
export function withRenewedShares(results: EvaluationResults): EvaluationResults {
  const { cases, settings: { bootstrap }, overall, by_class, by_size, lesion_free } = results;
  const lesions = lesionsOf(cases);
  const renewed = <Kind extends Summary>(summary: Kind, own: readonly CaseResult[]): Kind => ({
    ...summary,
    detection: { ...summary.detection, ...detectionShares(own, bootstrap) },
  });
  return {
    ...results,
    overall: renewed(overall, lesions),
    by_class: by_class.map((group) =>
      renewed(group, lesions.filter((result) => result.class === group.name))
    ),
    by_size: by_size.map((group) =>
      renewed(group, lesions.filter(({ size_group }) => size_group === group.name))
    ),
    lesion_free: {
      ...lesion_free,
      false_alarm_rate: falseAlarmShare(lesionFreeOf(cases), bootstrap),
    },
  };
}
