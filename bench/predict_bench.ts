/**
 * Prediction from image files to written masks, each image after the other and overlapped, in
 * turns, with the model of a run (DIR has the run and the images):
 *
 *     deno run --allow-read=DIR --allow-write=DIR bench/predict_bench.ts DIR RUN IMAGES [ROUNDS]
 *
 * A fifth argument is the number of threads. Masks go into DIR/bench.
 *
 * The time runs from the first image to the last written mask; engine, model and lists are left
 * out. The median of the ratios of neighbouring turns is told, and the time that all cores together
 * spent on an image, which another program on the machine changes less.
 *
 * @module
 */
import process from "node:process";
import { median } from "../lib/core/statistics.ts";
import { DataFolder, predictFolder } from "../lib/mod.ts";

const [directory, model, images, rounds = "3", threads] = Deno.args;
const data = await DataFolder.open(directory);

/** Milliseconds of all cores so far. */
function coreMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Images per second of one prediction, and milliseconds of all cores for an image. */
async function rateOf(isOverlapped: boolean): Promise<{ rate: number; cores: number }> {
  let [begun, ended, count, from, to] = [0, 0, 0, 0, 0];
  await predictFolder({
    data,
    inputs: [images],
    model,
    out: `bench/${isOverlapped ? "overlapped" : "one after the other"}`,
    settings: { device: "cpu", threads: threads === undefined ? null : Number(threads) },
    isOverlapped,
  }, {
    begin: () => [begun, from] = [performance.now(), coreMs()],
    done: () => [ended, to, count] = [performance.now(), coreMs(), count + 1],
  });
  return { rate: 1000 * count / (ended - begun), cores: (to - from) / count };
}

const ratios: number[] = [];
const words = ({ rate, cores }: { rate: number; cores: number }) =>
  `${rate.toFixed(2)} images/s (${cores.toFixed(1)} ms of all cores)`;
for (let round = 0; round < Number(rounds); round++) {
  const [before, after] = [await rateOf(false), await rateOf(true)];
  const ratio = after.rate / before.rate;
  ratios.push(ratio);
  console.log(
    `one after the other ${words(before)}, overlapped ${words(after)}: ${ratio.toFixed(2)}`,
  );
}
console.log(`median ratio ${median(ratios).toFixed(2)}`);
