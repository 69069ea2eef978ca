/**
 * The figures that come first wherever an evaluation is shown: lesions found, false marks, false
 * alarms, median and mean Dice, each with its interval.
 *
 * @module
 */
import { count, plural } from "../core/plural.ts";
import type { Estimate, EvaluationResults } from "./results.ts";

/** A figure in words. */
export interface HeadFigure {
  /** "Lesions found". */
  readonly name: string;
  /** "13 of 17". */
  readonly value: string;
  /** "76 %"; empty where there is no more to say. */
  readonly detail: string;
  /** "95 % interval 53 to 90 %"; empty where there is none. */
  readonly interval: string;
}

/** The parts of an evaluation that the figures are of. */
export type Headed = Pick<EvaluationResults, "overall" | "lesion_free" | "settings">;

/** The figures, the most important first. Without a lesion there are false alarms alone. */
export function headFigures(
  { overall, lesion_free, settings: { bootstrap } }: Headed,
): HeadFigure[] {
  const { detection, per_case: { dice } } = overall;
  const within = (bounds: string) =>
    bounds && `${Number((100 * bootstrap.level).toPrecision(3))} % interval ${bounds}`;
  const { cases, false_alarms, false_alarm_rate } = lesion_free;
  const alarms: HeadFigure = cases === 0
    ? { name: "False alarms", value: "-", detail: "no lesion-free image", interval: "" }
    : {
      name: "False alarms",
      value: `${count(false_alarms)} of ${count(cases)}`,
      detail: `lesion-free ${cases === 1 ? "image" : "images"}, ${
        shareText(false_alarm_rate.value ?? 0)
      }`,
      interval: within(shareBounds(false_alarm_rate)),
    };
  if (overall.cases === 0) return [alarms];
  const { sensitivity, false_per_image } = detection;
  return [
    {
      name: "Lesions found",
      value: `${count(detection.found)} of ${count(detection.truth)}`,
      detail: shareText(sensitivity.value ?? 0),
      interval: within(shareBounds(sensitivity)),
    },
    {
      name: "False marks",
      value: count(detection.false),
      detail: `${decimals(false_per_image.value, 2)} per image with a lesion`,
      interval: within(bounds(false_per_image, 2)),
    },
    alarms,
    ...([["Median Dice", dice.median], ["Mean Dice", dice.mean]] as const).map((
      [name, estimate],
    ) => ({
      name,
      value: decimals(estimate.value, 3),
      detail: `of ${plural(overall.cases, "image")} with a lesion`,
      interval: within(bounds(estimate, 3)),
    })),
  ];
}

/**
 * What follows a figure in px: nothing for pixels of the images themselves, " at 128x128" where
 * everything was measured at one size, whose pixels have another length in each image.
 */
export function atSize(size: EvaluationResults["settings"]["size"]): string {
  return size === "original" ? "" : ` at ${size.width}x${size.height}`;
}

/** A share in percent: "76 %". Only 0 and 1 are "0 %" and "100 %". */
export function shareText(share: number): string {
  return `${percentOf(share)} %`;
}

/** The bounds of a share: "53 to 90 %"; empty without any. */
function shareBounds({ low, high }: Estimate): string {
  return low === null || high === null ? "" : `${percentOf(low)} to ${shareText(high)}`;
}

function bounds({ low, high }: Estimate, digits: number): string {
  return low === null || high === null
    ? ""
    : `${decimals(low, digits)} to ${decimals(high, digits)}`;
}

/** Whole percents, with decimals where rounding would claim none or all. */
function percentOf(share: number): string {
  const fromEnd = Math.min(share, 1 - share);
  const digits = fromEnd <= 0 || fromEnd >= 0.005 ? 0 : fromEnd >= 0.0005 ? 1 : 3;
  return (100 * share).toFixed(digits);
}

function decimals(value: number | null, digits: number): string {
  return value === null ? "-" : value.toFixed(digits);
}
