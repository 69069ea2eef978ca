/**
 * `demo`: the whole way at once, on synthetic images: phantoms, training, prediction of the images that
 * were held back, and a sheet that shows them.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { decodeGrey } from "../../image/codecs/decode.ts";
import type { FileStore } from "../../store/store.ts";
import type { Pair } from "../../dataset/discover.ts";
import { contactSheet, type SheetItem } from "../../pictures/contact_sheet.ts";
import { countOverlap, diceOf } from "../../image/overlap.ts";
import { unionOf } from "../../image/union.ts";
import { stemOf } from "../../core/paths.ts";
import { FILES, runNames } from "../../run/run_folder.ts";
import { newSettings, type RunSettings, SETTINGS_FIELDS } from "../../run/run_settings.ts";
import { EXIT, Exit } from "../terminal/exit.ts";
import { makePhantoms, openOrMakeData } from "./phantoms.ts";
import { predict } from "./predict.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { train } from "./train.ts";
import { addFieldOptions, givenSettings } from "../options/field_options.ts";
import { RESEARCH_ONLY } from "../../core/version.ts";

const PHANTOMS = { count: 64, seed: 0 } as const;
const FOLDER = "phantoms";
const SHEET = "contact_sheet.png";

/** A small network that learns the phantoms within minutes on two cores. */
const CONFIG = {
  images: FOLDER,
  width: 128,
  height: 128,
  baseChannels: 8,
  batch: 4,
  epochs: 24,
  // With this one the held-back images are of all kinds.
  seed: 2,
  learningRate: 1.5e-3,
} as const;

/** `demo` with its action. */
export function demoCommand() {
  const command = new Command("demo")
    .description(
      "Make synthetic ultrasound images, train a small U-Net on them, outline the lesions in the images " +
        "that were held back, and show them on one sheet.",
    )
    .requiredOption("--data <folder>", "the data directory (the tasks give DATA_DIR)")
    .action(async ({ data, ...options }) => {
      const settings = newSettings(givenSettings(options));
      await demo(await openOrMakeData(data), settings, sayOnStdout());
    });
  addFieldOptions(command, { device: SETTINGS_FIELDS.device });
  return command;
}

async function demo(data: FileStore, settings: RunSettings, say: Say): Promise<void> {
  await makePhantoms(data, FOLDER, PHANTOMS, say);
  say.line();
  const { run, split, interrupted } = await train(
    { data, config: CONFIG, settings, name: await freeName(data) },
    say,
  );
  if (interrupted) throw new Exit(EXIT.interrupted);
  say.line();
  const { validation } = split;
  const { failures, interrupted: stopped } = await predict(
    {
      data,
      inputs: validation.map(({ image }) => image),
      model: run.file(FILES.best),
      settings,
    },
    { ...say, line: () => {} },
  );
  if (stopped) throw new Exit(EXIT.interrupted);
  if (failures > 0) throw new Exit(EXIT.input);
  const items = await Promise.all(validation.map((pair) => sheetItem(data, run.path, pair)));
  const title = `Held-back phantoms (${run.name}). ${RESEARCH_ONLY}`;
  await run.write(SHEET, await contactSheet(items, { title }));
  say.line("Look at:");
  say.line(`  ${data.resolve(run.file(FILES.report))}  everything about the run, in a browser`);
  say.line(
    `  ${data.resolve(run.file(SHEET))}  the images that were held back, with both outlines`,
  );
  say.line(`  ${data.resolve(run.file(FILES.loss))}  how training went`);
  say.line(`  ${data.resolve(run.file(FILES.samples))}  images beside their masks`);
  say.line(`  ${data.resolve(run.file(FILES.predictions))}  a mask for each image`);
  say.line("Your own images: DATA_DIR=/path/to/images deno task train");
}

/** "demo", or "demo-2", "demo-3" and so on where there is one already. */
async function freeName(data: FileStore): Promise<string> {
  const taken = new Set(await runNames(data));
  for (let number = 1;; number++) {
    const name = number === 1 ? "demo" : `demo-${number}`;
    if (!taken.has(name)) return name;
  }
}

async function sheetItem(
  data: FileStore,
  run: string,
  { image, masks }: Pair,
): Promise<SheetItem> {
  const read = async (path: string) => decodeGrey(await data.readFile(path), path);
  const stem = stemOf(image);
  const truth = unionOf(await Promise.all(masks.map(read)));
  const predicted = await read(`${run}/${FILES.predictions}/${stem}_mask.png`);
  const overlap = countOverlap(truth, predicted);
  return {
    image: await read(image),
    predicted,
    truth,
    name: stem,
    dice: overlap.truth > 0 ? diceOf(overlap) : undefined,
  };
}
