/**
 * Data directories with trained runs. Tests of one file that begin with the same trainings share
 * them, and each gets a folder of its own.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { run } from "./program.ts";
import { filesOf, writeFiles, writeSmallData } from "./small_data.ts";
import { inTemporaryFolder } from "./temporary.ts";

/** The files after the trainings, by images and options. */
const known = new Map<string, Map<string, Uint8Array>>();

/**
 * Calls `use` with a folder of `images` phantoms in which `train` has run once with each of the
 * lists of options.
 */
export function withTrained(
  images: number,
  trainings: readonly (readonly string[])[],
  use: (data: string) => void | Promise<void>,
): Promise<void> {
  return inTemporaryFolder(async (data) => {
    const key = JSON.stringify([images, trainings]);
    if (!known.has(key)) known.set(key, await filesAfter(images, trainings));
    writeFiles(data, known.get(key)!);
    await use(data);
  });
}

function filesAfter(
  images: number,
  trainings: readonly (readonly string[])[],
): Promise<Map<string, Uint8Array>> {
  return inTemporaryFolder(async (data) => {
    writeSmallData(data, images);
    for (const options of trainings) {
      const { code, stderr } = await run("train", data, ...options);
      assertEquals([code, stderr], [0, ""], options.join(" "));
    }
    return filesOf(data);
  });
}
