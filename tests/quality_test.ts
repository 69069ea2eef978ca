/**
 * The table of recipes (bench/quality): measures from probabilities that are known, on the folds of
 * a made-up study.
 */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type Case, SIDE, type Study } from "../bench/quality/cases.ts";
import { type Line, measure, type Measured, table } from "../bench/quality/summary.ts";
import { runOfTrial, trialsDone } from "../bench/quality/trial.ts";
import { MemoryStore } from "./support/memory_store.ts";

const PIXELS = SIDE ** 2;

/** The number of pixels in a share of an image. */
const pixels = (share: number) => share * PIXELS;

/** Two images in fold 1, one in fold 2; a quarter of each is lesion. */
const IMAGES = [["a", "b"], ["c"]];

function study(): Study {
  const cases = IMAGES.flat().map((image): [string, Case] => [image, {
    pair: { image, masks: [] },
    grey: { width: 1, height: 1, pixels: new Uint8Array(1) },
    truth: new Uint8Array(PIXELS).fill(255, 0, pixels(0.25)),
  }]);
  const split = { train: [], validation: [], groups: [["a", "b"]] };
  return { cases: new Map(cases), folds: Array(5).fill(split) };
}

/** Writes a trial that answers `levels[k]` in the first `shares[k]` of image k. */
async function write(
  store: MemoryStore,
  trial: { name: string; seed: number; fold: number },
  shares: readonly number[],
  level: number,
): Promise<void> {
  const run = runOfTrial(trial);
  const all = new Uint16Array(shares.length * PIXELS);
  shares.forEach((share, k) => {
    all.fill(level, k * PIXELS, k * PIXELS + pixels(share));
  });
  const images = IMAGES[trial.fold - 1];
  await store.writeFile(`trials/${run}-last.bin`, new Uint8Array(all.buffer));
  await store.writeFile(
    `trials/${run}.json`,
    JSON.stringify({ minutes: trial.fold, threads: 2, images }),
  );
}

const line = (names: string[], threshold = 0.5): Line => ({
  title: names.join(),
  members: names.map((name) => ({ name, seed: 0 })),
  threshold,
  epoch: "last",
});

Deno.test("a line has each case of the folds that are done, and no other", async () => {
  const store = new MemoryStore();
  await write(store, { name: "one", seed: 0, fold: 1 }, [0.25, 0.125], 60000);
  const first = (await measure(line(["one"]), study(), store))!;
  assertEquals(first.folds, [1]);
  assertEquals([...first.dice], [["a", 1], ["b", 2 / 3]]);
  await write(store, { name: "one", seed: 0, fold: 2 }, [0.01], 60000);
  const both = (await measure(line(["one"]), study(), store))!;
  assertEquals(both.folds, [1, 2]);
  assertEquals(both.minutes, 1.5);
  assertAlmostEquals(both.misses, 1 / 3);
  assertAlmostEquals(both.medianDice.value!, 2 / 3);
  assertEquals(await measure(line(["other"]), study(), store), undefined);
  assertEquals(await trialsDone(store), ["one@0"]);
});

Deno.test("an average adds probabilities before it cuts them", async () => {
  const store = new MemoryStore();
  // Where one member alone says 0.9, the mean is 0.45.
  await write(store, { name: "one", seed: 0, fold: 2 }, [0.25], 58982);
  await write(store, { name: "two", seed: 0, fold: 2 }, [0.125], 58982);
  const at = async (threshold: number) =>
    (await measure(line(["one", "two"], threshold), study(), store))!.dice.get("c");
  assertEquals(await at(0.5), 2 / 3);
  assertEquals(await at(0.4), 1);
});

Deno.test("the table compares each line with the first, case by case", async () => {
  const store = new MemoryStore();
  await write(store, { name: "one", seed: 0, fold: 1 }, [0.25, 0.25], 60000);
  await write(store, { name: "two", seed: 0, fold: 1 }, [0.25, 0.125], 60000);
  const lines: Measured[] = [];
  for (const name of ["one", "two"]) lines.push((await measure(line([name]), study(), store))!);
  const rows = table(lines, study()).split("\n").slice(2).map((row) => row.split(" | "));
  assertEquals(rows[0].slice(1, 5), ["1", "2", "1.000", "- to -"]);
  assertEquals(rows[1].slice(3, 8), ["0.833", "- to -", "0.833", "0.750", "0.0 %"]);
});
