/**
 * Paired differences of two models on the same images, with intervals.
 *
 * Every draw of the bootstrap takes the same images for both models, so what makes an image hard
 * for both cancels out. The interval of the difference is therefore narrower than two separate
 * intervals suggest. Whether a difference may be chance is tested apart (permutation.ts, holm.ts).
 *
 * @module
 */
import { type BootstrapOptions, estimate, meanOf, ratioOf, type Statistic } from "./bootstrap.ts";
import { permutationTests } from "./permutation.ts";
import type { CaseMeasure, CaseResult, Difference } from "./results.ts";
import { lesionFreeOf, lesionsOf, valuesOf } from "./summary.ts";

/** How a figure by which two models are compared is shown. */
interface Shown {
  /** The name in tables and pictures. */
  readonly name: string;
  /** A share from 0 to 1, a length in px, or a number per image. */
  readonly unit: "share" | "px" | "count";
  readonly decimals: number;
  readonly higherIsBetter: boolean;
}

/** A figure by which two models are compared. */
interface Compared extends Shown {
  readonly measure: string;
  /** The figure as a function of the images' weights. */
  statistic(cases: readonly CaseResult[]): Statistic;
  /** The values of single cases, for a measure that cases have. */
  values?(cases: readonly CaseResult[]): number[];
}

const SHARE = { unit: "share", decimals: 3 } as const;
const LENGTH = { unit: "px", decimals: 1, higherIsBetter: false } as const;

const OF_LESION_IMAGES: readonly Compared[] = [
  perCase("dice", { ...SHARE, name: "Dice", higherIsBetter: true }),
  perCase("iou", { ...SHARE, name: "IoU", higherIsBetter: true }),
  perCase("precision", { ...SHARE, name: "precision", higherIsBetter: true }),
  perCase("recall", { ...SHARE, name: "recall", higherIsBetter: true }),
  perCase("hd95_px", { ...LENGTH, name: "HD95, px" }),
  perCase("assd_px", { ...LENGTH, name: "ASSD, px" }),
  perCase("abs_area_error", { ...SHARE, name: "area error, absolute", higherIsBetter: false }),
  {
    ...SHARE,
    measure: "pooled_dice",
    name: "pooled Dice",
    higherIsBetter: true,
    statistic: (cases) =>
      ratioOf(
        cases.map(({ intersection_px }) => 2 * intersection_px),
        cases.map(({ truth_px, predicted_px }) => truth_px + predicted_px),
      ),
  },
  {
    ...SHARE,
    measure: "sensitivity",
    name: "lesion sensitivity",
    higherIsBetter: true,
    statistic: (cases) =>
      ratioOf(cases.map(({ lesions }) => lesions.found), cases.map(({ lesions }) => lesions.truth)),
  },
  {
    measure: "false_per_image",
    name: "false lesions per image",
    unit: "count",
    decimals: 3,
    higherIsBetter: false,
    statistic: (cases) => meanOf(cases.map(({ lesions }) => lesions.false)),
  },
];

const OF_LESION_FREE: readonly Compared[] = [{
  ...SHARE,
  measure: "false_alarm_rate",
  name: "lesion-free images with a false alarm",
  higherIsBetter: false,
  statistic: (cases) => meanOf(cases.map(({ predicted_px }) => predicted_px > 0 ? 1 : 0)),
}];

/** The measures by which models are compared, with their names. */
export const COMPARED: ReadonlyMap<string, Shown> = new Map(
  [...OF_LESION_IMAGES, ...OF_LESION_FREE].map((compared) => [compared.measure, compared]),
);

function perCase(measure: CaseMeasure, shown: Shown): Compared {
  const values = (cases: readonly CaseResult[]) => valuesOf(cases, measure);
  return { ...shown, measure, statistic: (cases) => meanOf(values(cases)), values };
}

/**
 * The differences between two evaluations of the same images, first minus second. The images are
 * taken in the order of their names, so that one question has one answer, in whatever order they
 * were evaluated.
 *
 * @throws RangeError when the images differ.
 */
export function differencesOf(
  firstCases: readonly CaseResult[],
  secondCases: readonly CaseResult[],
  options: BootstrapOptions,
): Difference[] {
  const [first, second] = [firstCases, secondCases].map(byName);
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

/** The cases sorted by image name. */
export function byName(cases: readonly CaseResult[]): CaseResult[] {
  return cases.toSorted((a, b) => a.image < b.image ? -1 : 1);
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
  const groups = first.map(({ group }) => group);
  const found = estimate(groups, statistics, options);
  const both = [...first, ...second];
  const ps = permutationTests(
    groups,
    compared.map(({ statistic }) => statistic(both)),
    options.seed,
  );
  return compared.map(({ measure, higherIsBetter, values }, k) => ({
    measure,
    higher_is_better: higherIsBetter,
    first: found[`first ${measure}`].value,
    second: found[`second ${measure}`].value,
    difference: found[measure],
    p: ps[k],
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
