/**
 * `inspect`: examines the images and masks of a data set before anything is trained on them.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import { INSPECTION_FILE, listImages, pairWithDoubts } from "../../dataset/discover.ts";
import { DataFolder } from "../../store/folder.ts";
import type { FileStore } from "../../store/store.ts";
import { InputError } from "../../core/errors.ts";
import { inspectFolder } from "../../inspect/inspect_folder.ts";
import type { Inspection } from "../../inspect/inspection.ts";
import { findingSheets } from "../../inspect/sheets.ts";
import { SELECTION_FIELDS } from "../../dataset/selection_fields.ts";
import { FLAGS } from "../options/flags.ts";
import { describeInspection } from "../words/inspect_words.ts";
import { ProgressBar } from "../terminal/progress_bar.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";

/** `inspect` with its options and its action. */
export function inspectCommand() {
  const { maskPattern, missingMasks } = SELECTION_FIELDS;
  return new Command("inspect")
    .description(
      "Examine images and masks: files, sizes, masks, lesions, classes, images that show the same. What is found is " +
        "listed, written to inspect.json and drawn on contact sheets; nothing is changed.",
    )
    .argument("[folder]", "the folder, inside the data directory (default: all of it)")
    .requiredOption("--data <folder>", "the data directory (the tasks give DATA_DIR)")
    .option(FLAGS.maskPattern, maskPattern.says, maskPattern.default)
    .addOption(
      new Option(FLAGS.missingMasks, missingMasks.says)
        .choices(missingMasks.choices).default(missingMasks.default),
    )
    .option("--out <folder>", "where to write, inside the data directory", "inspect")
    .action(async (within, { data, maskPattern, missingMasks, out }) => {
      await inspect(
        { data: await DataFolder.open(data), within, maskPattern, missingMasks, out },
        sayOnStdout(),
      );
    });
}

/** What to examine, and where to write. */
export interface InspectRequest {
  readonly data: FileStore;
  readonly within?: string | undefined;
  readonly maskPattern: string;
  readonly missingMasks: "error" | "empty";
  readonly out: string;
}

/** Examines, says and writes what was found. Throws `InputError` when there is nothing to examine. */
export async function inspect(request: InspectRequest, say: Say): Promise<Inspection> {
  const { data, within = "", maskPattern, missingMasks } = request;
  const out = data.relative(request.out);
  await checkOutput(data, out);
  const { pairs, unmasked } = pairWithDoubts(await listImages(data, within), maskPattern);
  const bar = new ProgressBar({
    doing: "examining",
    things: "images",
    total: pairs.length + unmasked.length,
    say,
  });
  const inspection = await inspectFolder(data, {
    within,
    maskPattern,
    missingMasks,
    onProgress: (done) => bar.done(done),
  });
  bar.end();
  say.line(describeInspection(inspection));

  await data.makeFolder(out);
  // First of all: it keeps the sheets from ever being taken for images.
  const text = `${JSON.stringify(inspection, null, 2)}\n`;
  await data.writeFile(`${out}/${INSPECTION_FILE}`, text);
  const masksOf = new Map([
    ...pairs.map(({ image, masks }) => [image, masks] as const),
    ...unmasked.map((image) => [image, []] as const),
  ]);
  const files = [INSPECTION_FILE];
  for await (const { file, png } of findingSheets(data, inspection, masksOf)) {
    await data.writeFile(`${out}/${file}`, png);
    files.push(file);
  }
  say.line(`Written to ${data.resolve(out)}: ${files.join(", ")}`);
  return inspection;
}

/** The sheets must not lie among images: their folder is never searched for any. */
async function checkOutput(data: FileStore, out: string): Promise<void> {
  if (out === "") {
    throw new InputError(
      "--out is the data directory itself; give a folder inside it, like inspect",
    );
  }
  const kind = await data.kindOf(out);
  if (kind === undefined) return;
  const isOurs = kind === "folder" &&
    (await data.exists(`${out}/${INSPECTION_FILE}`) || (await data.list(out)).length === 0);
  if (isOurs) return;
  throw new InputError(
    `${out} is there already and holds no inspection; rename it, or give another folder with --out`,
  );
}
