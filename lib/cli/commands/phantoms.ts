/**
 * `phantoms`: writes synthetic ultrasound images with masks into the output directory.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { type FileStore, writePhantoms } from "../../mod.ts";
import { DATA_OPTION, makeOutput, outDirOption } from "../options/folder_options.ts";
import { parseNumber } from "../options/values.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { plural } from "../words/words.ts";

/** `phantoms` with its options and its action. */
export function phantomsCommand() {
  return new Command("phantoms")
    .description(
      "Write synthetic B-mode ultrasound images with lesion masks, named and filed like BUSI: for tests " +
        "and first tries without patient data.",
    )
    .requiredOption(...DATA_OPTION)
    .addOption(outDirOption())
    .option("--out <folder>", "where to write, inside the output directory", "phantoms")
    .option("--count <images>", "how many", parseNumber, 64)
    .option("--seed <number>", "another seed makes other images", parseNumber, 0)
    .action(async ({ out, count, seed, ...folders }) => {
      await makePhantoms(await makeOutput(folders), out, { count, seed }, sayOnStdout());
    });
}

/** Writes the phantoms and prints their number and folder. */
export async function makePhantoms(
  data: FileStore,
  out: string,
  set: { readonly count: number; readonly seed: number },
  say: Say,
): Promise<void> {
  const { folder, images, masks, kept } = await writePhantoms(data, out, set);
  const there = kept === 0
    ? "written"
    : kept === images + masks
    ? "all of them there already"
    : `${plural(kept, "file")} of them there already`;
  say.line(
    `${plural(images, "phantom")} with ${plural(masks, "mask")} in ${
      data.resolve(folder)
    }: ${there}`,
  );
}
