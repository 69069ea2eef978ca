/**
 * Prediction from image files to written masks, each image after the other and overlapped, in
 * turns, with the model of a run (DIR has the run and the images):
 *
 *     deno run --allow-read=DIR --allow-write=DIR bench/predict_bench.ts DIR RUN IMAGES [ROUNDS]
 *
 * A fifth argument is the number of threads. Masks go into DIR/bench.
 *
 * The time runs from the first image to the last written mask; engine, model and lists are left
 * out. The median of the ratios of neighbouring turns is told.
 *
 * @module
 */
import { median } from "../lib/core/statistics.ts";
import { DataFolder, predictFolder } from "../lib/mod.ts";

const [directory, model, images, rounds = "3", threads] = Deno.args;
const data = await DataFolder.open(directory);

/** Images per second of one prediction. */
async function rateOf(isOverlapped: boolean): Promise<number> {
  let [begun, ended, count] = [0, 0, 0];
  await predictFolder({
    data,
    inputs: [images],
    model,
    out: `bench/${isOverlapped ? "overlapped" : "one after the other"}`,
    settings: { device: "cpu", threads: threads === undefined ? null : Number(threads) },
    isOverlapped,
  }, {
    begin: () => begun = performance.now(),
    done: () => [ended, count] = [performance.now(), count + 1],
  });
  return 1000 * count / (ended - begun);
}

const ratios: number[] = [];
for (let round = 0; round < Number(rounds); round++) {
  const [before, after] = [await rateOf(false), await rateOf(true)];
  ratios.push(after / before);
  console.log(
    `one after the other ${before.toFixed(2)} images/s, overlapped ${after.toFixed(2)}: ` +
      (after / before).toFixed(2),
  );
}
console.log(`median ratio ${median(ratios).toFixed(2)}`);
