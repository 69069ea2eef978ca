/**
 * Statistics of a data set's images: classes, sizes, lesions.
 *
 * @module
 */
import { percentile } from "../core/statistics.ts";
import type { Classes } from "../dataset/classes.ts";
import type { CaseFacts } from "./case.ts";
import type { ClassCount, Distribution, LesionStatistics } from "./inspection.ts";

const GRID = 3;

/** Minimum, quartiles and maximum; `null` without values. */
export function distributionOf(values: readonly number[]): Distribution | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const [least, lower_quartile, median, upper_quartile, most] = [0, 25, 50, 75, 100].map((p) =>
    percentile(sorted, p)
  );
  return { least, lower_quartile, median, upper_quartile, most };
}

/** Numbers of images and of images with a lesion, by class. */
export function classCounts(cases: readonly CaseFacts[], classes: Classes): ClassCount[] {
  const byClass = Map.groupBy(cases, ({ image }) => classes.get(image) ?? "");
  return [...byClass]
    .map(([name, own]) => ({
      name,
      images: own.length,
      lesions: own.filter(({ lesion }) => lesion).length,
    }))
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Sizes and positions of the lesions; `null` without any. */
export function lesionStatistics(cases: readonly CaseFacts[]): LesionStatistics | null {
  const lesions = cases.flatMap(({ lesion }) => lesion ? [lesion] : []);
  if (lesions.length === 0) return null;
  const grid = Array.from({ length: GRID }, () => new Array<number>(GRID).fill(0));
  const cell = (at: number) => Math.min(GRID - 1, Math.floor(at * GRID));
  for (const { x, y } of lesions) grid[cell(y)][cell(x)]++;
  return {
    images: lesions.length,
    area_share: distributionOf(lesions.map(({ share }) => share))!,
    centre_x: distributionOf(lesions.map(({ x }) => x))!,
    centre_y: distributionOf(lesions.map(({ y }) => y))!,
    parts: distributionOf(lesions.map(({ parts }) => parts))!,
    grid,
  };
}

/** Numbers of images by kind of file, the most frequent first, then by name. */
export function modeCounts(cases: readonly CaseFacts[]): Record<string, number> {
  const byMode = [...Map.groupBy(cases, ({ mode }) => mode)].map(([mode, own]) =>
    [mode, own.length] as const
  );
  return Object.fromEntries(byMode.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
}
