/**
 * The table of runs.
 *
 * @module
 */
import type { ListedRun } from "../../mod.ts";
import { interval } from "./evaluation_words.ts";
import { columns, count } from "./words.ts";

/** What a column shows of a run. */
type Column = readonly [heading: string, cell: (run: ListedRun) => string];

const COLUMNS: readonly Column[] = [
  ["run", ({ name }) => name],
  // The day: tables are read beside a calendar, not beside a clock.
  ["date", ({ started }) => started?.slice(0, "2026-01-01".length) ?? "-"],
  ["images", ({ images }) => images === null ? "-" : count(images)],
  ["size", ({ width, height }) => `${width}x${height}`],
  [
    "epochs",
    ({ epochs, planned_epochs: all }) => epochs === all ? `${epochs}` : `${epochs}/${all}`,
  ],
  ["Dice [95 %]", ({ dice }) => interval(dice, 2)],
  ["of", ({ part }) => part === "validation" ? "val" : part ?? "-"],
  ["missed", ({ missed, lesions }) => ofAll(missed, lesions)],
  ["alarms", ({ false_alarms: alarms, lesion_free: free }) => ofAll(alarms, free)],
];

/** The columns that a narrow terminal gets no more, the first one first. */
const DROPPED = ["images", "date", "size", "epochs", "of"];

/** One line for each run, at most `width` characters long. A dash stands for what is not known. */
export function runsTable(runs: readonly ListedRun[], width: number): string {
  for (let dropped = 0;; dropped++) {
    const left = COLUMNS.filter(([heading]) => !DROPPED.slice(0, dropped).includes(heading));
    const rows = runs.map((run) => left.map(([, cell]) => cell(run)));
    const table = columns([left.map(([heading]) => heading), ...rows]);
    const widest = Math.max(...table.split("\n").map(({ length }) => length));
    if (widest <= width || dropped === DROPPED.length) return table;
  }
}

/** "3/17"; a dash where nothing is known, or where there is none. */
function ofAll(some: number | null, all: number | null): string {
  return some === null || all === null || all === 0 ? "-" : `${some}/${all}`;
}
