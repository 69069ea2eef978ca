/**
 * Paired differences of two models on the same images, with intervals.
 *
 * Every draw of the bootstrap takes the same images for both models, so what makes an image hard
 * for both cancels out. The interval of the difference is therefore narrower than two separate
 * intervals suggest. A difference whose interval contains 0 may be chance.
 *
 * @module
 */
import { type BootstrapOptions, estimate, meanOf, ratioOf, type Statistic } from "./bootstrap.ts";
import type { CaseMeasure, CaseResult, Difference } from "./results.ts";
import { lesionFreeOf, lesionsOf, valuesOf } from "./summary.ts";

/** A figure by which two models are compared. */
interface Compared {
  readonly measure: string;
  readonly higherIsBetter: boolean;
  /** The figure as a function of the images' weights. */
  statistic(cases: readonly CaseResult[]): Statistic;
  /** The values of single cases, for a measure that cases have. */
  values?(cases: readonly CaseResult[]): number[];
}

const OF_LESION_IMAGES: readonly Compared[] = [
  perCase("dice", true),
  perCase("iou", true),
  perCase("precision", true),
  perCase("recall", true),
  perCase("hd95_px", false),
  perCase("assd_px", false),
  perCase("abs_area_error", false),
  {
    measure: "pooled_dice",
    higherIsBetter: true,
    statistic: (cases) =>
      ratioOf(
        cases.map(({ intersection_px }) => 2 * intersection_px),
        cases.map(({ truth_px, predicted_px }) => truth_px + predicted_px),
      ),
  },
  {
    measure: "sensitivity",
    higherIsBetter: true,
    statistic: (cases) =>
      ratioOf(cases.map(({ lesions }) => lesions.found), cases.map(({ lesions }) => lesions.truth)),
  },
  {
    measure: "false_per_image",
    higherIsBetter: false,
    statistic: (cases) => meanOf(cases.map(({ lesions }) => lesions.false)),
  },
];

const OF_LESION_FREE: readonly Compared[] = [{
  measure: "false_alarm_rate",
  higherIsBetter: false,
  statistic: (cases) => meanOf(cases.map(({ predicted_px }) => predicted_px > 0 ? 1 : 0)),
}];

function perCase(measure: CaseMeasure, higherIsBetter: boolean): Compared {
  const values = (cases: readonly CaseResult[]) => valuesOf(cases, measure);
  return { measure, higherIsBetter, statistic: (cases) => meanOf(values(cases)), values };
}

/**
 * The differences between two evaluations of the same images in the same order, first minus second.
 *
 * @throws RangeError when the images or their order differ.
 */
export function differencesOf(
  first: readonly CaseResult[],
  second: readonly CaseResult[],
  options: BootstrapOptions,
): Difference[] {
  const isSame = (result: CaseResult, i: number) =>
    result.image === second[i].image && result.kind === second[i].kind;
  if (first.length !== second.length || !first.every(isSame)) {
    throw new RangeError("the two evaluations are not of the same images");
  }
  return [
    ...differences(OF_LESION_IMAGES, lesionsOf(first), lesionsOf(second), options),
    ...differences(OF_LESION_FREE, lesionFreeOf(first), lesionFreeOf(second), options),
  ];
}

function differences(
  compared: readonly Compared[],
  first: readonly CaseResult[],
  second: readonly CaseResult[],
  options: BootstrapOptions,
): Difference[] {
  const statistics = Object.fromEntries(compared.flatMap(({ measure, statistic }) => {
    const [a, b] = [statistic(first), statistic(second)];
    const difference: Statistic = (weights) => a(weights) - b(weights);
    return [[measure, difference], [`first ${measure}`, a], [`second ${measure}`, b]] as const;
  }));
  const found = estimate(first.map(({ group }) => group), statistics, options);
  return compared.map(({ measure, higherIsBetter, values }) => ({
    measure,
    higher_is_better: higherIsBetter,
    first: found[`first ${measure}`].value,
    second: found[`second ${measure}`].value,
    difference: found[measure],
    ...(values
      ? wins(values(first), values(second), higherIsBetter)
      : { better: null, worse: null, equal: null }),
  }));
}

function wins(first: readonly number[], second: readonly number[], higherIsBetter: boolean) {
  const signs = first.map((value, i) => Math.sign(value - second[i]) * (higherIsBetter ? 1 : -1));
  const count = (sign: number) => signs.filter((value) => value === sign).length;
  const [better, worse] = [count(1), count(-1)];
  return { better, worse, equal: signs.length - better - worse };
}
