/**
 * Prints what the model of time says, see README.md: `deno task model:gpu [training|prediction]
 * [BATCH]`. A table of images/s by GPU and batch, then where the time of one step or pass goes, by
 * kernel and by layer, the model beside what was measured, and last the step in mixed precision.
 *
 * @module
 */
import type { Step } from "../../../lib/plan/steps.ts";
import { GPUS } from "./gpus.ts";
import { fitted, foretold } from "./measured.ts";
import { type Kind, type Prediction, predictSpeed } from "./predict_speed.ts";
import type { TimedDispatch } from "./time_model.ts";

const BATCHES = [1, 4, 8, 16];
const KINDS: Readonly<Record<string, Kind>> = {
  training: "training step",
  prediction: "forward",
};

const [word = "training", batch = "4"] = Deno.args;
const kind = KINDS[word];
const n = Number(batch);
if (!kind || !Number.isInteger(n) || n < 1) {
  console.error(`"${Deno.args.join(" ")}" is no workload: give training or prediction and a batch`);
  Deno.exit(2);
}
console.log("Modelled, base 64, 512x512. Only the H200 was measured; see the last table.");
for (const [word, kind] of Object.entries(KINDS)) printSpeeds(word, kind);
const predictions = GPUS.map((gpu) => predictSpeed(gpu, kind, n));
printParts(`ms by kernel, ${word}, batch ${n}`, predictions, ({ work }) => work.name);
printParts(`ms by layer, ${word}, batch ${n}`, predictions, ({ step }) => layerOf(step));
printMeasured();
printPrecisions();

function printSpeeds(word: string, kind: Kind): void {
  console.log(`\nimages/s, ${word}`);
  console.log(["batch".padEnd(18), ...BATCHES.map((n) => `${n}`.padStart(9))].join(""));
  for (const gpu of GPUS) {
    const cells = BATCHES.map((n) => {
      const { fits, imagesPerSecond } = predictSpeed(gpu, kind, n);
      return (fits ? imagesPerSecond.toFixed(1) : "no memory").padStart(10);
    });
    console.log([gpu.name.padEnd(17), ...cells].join(""));
  }
}

/** A row for each group of dispatches; counts are the first GPU's, times those of each. */
function printParts(
  title: string,
  predictions: readonly Prediction[],
  nameOf: (dispatch: TimedDispatch) => string,
): void {
  const times = predictions.map(({ dispatches }) => Map.groupBy(dispatches, nameOf));
  console.log(`\n${title}`);
  const names = GPUS.map(({ name }) => name.padStart(16)).join("");
  console.log(`   GFLOP       GB  dispatches  fewest workgroups${names}`);
  for (const [name, dispatches] of times[0]) {
    const sum = (of: (dispatch: TimedDispatch) => number) =>
      dispatches.reduce((sum, dispatch) => sum + of(dispatch), 0);
    const cells = [
      (sum(({ work }) => work.flops) / 1e9).toFixed(1).padStart(8),
      (sum(({ work }) => work.bytes) / 1e9).toFixed(3).padStart(9),
      `${dispatches.length}`.padStart(12),
      `${Math.min(...dispatches.map(({ work }) => work.workgroups))}`.padStart(19),
      ...times.map((groups) => {
        const seconds = (groups.get(name) ?? []).reduce((sum, { seconds }) => sum + seconds, 0);
        return (1000 * seconds).toFixed(3).padStart(16);
      }),
    ];
    console.log(`${cells.join("")}  ${name}`);
  }
}

/** The weight and the kind of step; the kind alone for steps without weights. */
function layerOf(step: Step): string {
  const weight = "weightGradient" in step
    ? step.weightGradient
    : "weight" in step
    ? step.weight
    : undefined;
  const layer = weight?.replace(/^grad\./, "").replace(/\.weight$/, "");
  return layer === undefined ? step.kind : `${layer} ${step.kind}`;
}

/** A training step with maps of 32 and of 16 bits. */
function printPrecisions(): void {
  console.log(`\ntraining step, batch ${n}: GPU memory in GiB, GB moved, then ms by GPU`);
  for (const precision of ["float32", "mixed"] as const) {
    const predictions = GPUS.map((gpu) => predictSpeed(gpu, "training step", n, precision));
    const [{ bytes, dispatches }] = predictions;
    const moved = dispatches.reduce((sum, { work }) => sum + work.bytes, 0);
    const cells = [bytes / 2 ** 30, moved / 1e9, ...predictions.map(({ ms }) => ms)];
    console.log(precision.padEnd(8) + cells.map((cell) => cell.toFixed(2).padStart(9)).join(""));
  }
}

function printMeasured(): void {
  console.log("\nmodelled and measured on an H200, ms");
  const rows = [
    ...fitted().map((row) => ({ ...row, note: "fitted" })),
    ...foretold().map((row) => ({ ...row, note: "not fitted" })),
  ];
  for (const { what, modelled, measured, note } of rows) {
    const error = 100 * (modelled / measured - 1);
    console.log(
      [
        what.padEnd(32),
        modelled.toFixed(1).padStart(8),
        measured.toFixed(1).padStart(8),
        `${error > 0 ? "+" : ""}${error.toFixed(1)} %`.padStart(9),
        `  ${note}`,
      ].join(""),
    );
  }
}
