/**
 * Kills a training run, at a call that changes files or at a random moment, and checks the run
 * folder.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { RandomStream } from "../../lib/core/random.ts";
import { verifyRun } from "../../lib/run/verify.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { assertSameBytes } from "./compare.ts";
import { ended, flagsOf, kill, readUntil, run, spawn, start } from "./program.ts";
import { STOPPED } from "./stop_at.ts";

/**
 * A run so small that saving is most of the work. It uses one thread, so that several runs can run
 * at once.
 */
const TINY = [
  "--size",
  "16",
  "--base-channels",
  "1",
  "--batch",
  "2",
  "--sample-images",
  "0",
  "--snapshot-every",
  "0",
];
export const KILLED_RUN = [...TINY, "--device", "cpu", "--threads", "1"];

/** Files that must be equal in a killed and resumed run and in an undisturbed run. */
const SAME = ["last.safetensors", "best.safetensors", "history.csv"];

/** The bytes of the files that must be equal. */
export function resultOf(data: string, name: string): Record<string, Uint8Array> {
  return Object.fromEntries(
    SAME.map((file) => [file, Deno.readFileSync(`${data}/runs/${name}/${file}`)]),
  );
}

/** Trains to the end. Returns the time after the first epoch in ms. */
export async function trainWhole(
  data: string,
  name: string,
  options: readonly string[],
): Promise<number> {
  const child = start("train", data, [...KILLED_RUN, ...options, "--name", name]);
  await readUntil(child.stdout, (text) => FIRST_EPOCH.test(text));
  const begun = performance.now();
  const { code, stderr } = await ended(child);
  assertEquals([code, stderr], [0, ""]);
  return performance.now() - begun;
}

const FIRST_EPOCH = /epoch +1\//;

/**
 * Kills `train` at a place of `stop_at.ts` ("3", "3@manifest.json"). Returns the call, or
 * `undefined` if the program ended before.
 */
export async function killAt(
  place: string,
  data: string,
  args: readonly string[],
): Promise<string | undefined> {
  const program = ["tests/support/stop_at.ts", place, "train", "--data", data, ...args];
  const child = spawn([...flagsOf("train", data), ...program]);
  const said = await readUntil(child.stdout, (text) => text.includes(STOPPED));
  if (!said.includes(STOPPED)) {
    const { code, stderr } = await ended(child);
    assertEquals([code, stderr], [0, ""]);
    return undefined;
  }
  await kill(child);
  return said.slice(said.indexOf(STOPPED) + STOPPED.length).split("\n")[0];
}

/** Options to save after every step, so that saving takes most of the time. */
export const OFTEN = ["--epochs", "8", "--save-every", "0.0000001"];

/** Kills `count` runs at random moments. Each resumed run must equal an undisturbed one. */
export async function assertSurvivesRandomKills(data: string, count: number): Promise<void> {
  const milliseconds = await trainWhole(data, "whole", OFTEN);
  const whole = resultOf(data, "whole");
  for (let index = 0; index < count; index++) {
    const name = `killed ${index}`;
    const where = await killAtRandom(index, milliseconds, data, name, OFTEN);
    await assertResumes(where, data, name, whole, []);
  }
}

/**
 * Kills a run at random moment number `index` within the duration of `trainWhole`, after its first
 * epoch.
 */
async function killAtRandom(
  index: number,
  milliseconds: number,
  data: string,
  name: string,
  options: readonly string[],
): Promise<string> {
  const delay = new RandomStream(1, "kill", 0, index).uniform() * milliseconds;
  const child = start("train", data, [...KILLED_RUN, ...options, "--name", name]);
  await readUntil(child.stdout, (text) => FIRST_EPOCH.test(text));
  await new Promise((resolve) => setTimeout(resolve, delay));
  await kill(child);
  return `${delay.toFixed(0)} ms after the first epoch`;
}

/** Checks a killed run: `verify` accepts it, and the resumed run equals `whole`. */
export async function assertResumes(
  where: string,
  data: string,
  name: string,
  whole: Record<string, Uint8Array>,
  options: readonly string[],
): Promise<void> {
  const report = await verifyRun(await DataFolder.open(data), name);
  assert(report.canGoOn && report.usable, `${where}: ${JSON.stringify(report.files)}`);
  const { code, stderr } = await run("train", data, "--resume", name, ...options);
  const { epoch } = report.saved!.progress;
  if (epoch < report.saved!.config.epochs || options.includes(String(epoch + 1))) {
    assertEquals([code, stderr], [0, ""], where);
  } else {
    // Files after the last commit point are rewritten before the run is reported as complete.
    assertEquals(code, 2, where);
    assertStringIncludes(stderr, "nothing to do");
  }
  for (const [file, bytes] of Object.entries(resultOf(data, name))) {
    assertSameBytes(`${where}: ${file}`, bytes, whole[file]);
  }
}
