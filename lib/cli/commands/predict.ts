/**
 * `predict`: outlines lesions in images with a trained model.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import {
  bestRun,
  countSpecks,
  predicted,
  predictFolder,
  PREDICTION_FIELDS,
  PREDICTION_FILES,
  type PredictRequest,
  type PredictResult,
  type PreparedPrediction,
  RESEARCH_ONLY,
  spacingTableInWords,
  withoutSpacing,
} from "../../mod.ts";
import {
  addEngineOptions,
  addFieldOptions,
  givenFields,
  givenSettings,
  noAutotuneOption,
} from "../options/field_options.ts";
import { DATA_OPTION, openFolders, outDirOption } from "../options/folder_options.ts";
import { jsonOption, outputOf, quietOption } from "../options/output_options.ts";
import { addText, fitOption, MODEL_OPTION, parseShard, parseSize } from "../options/values.ts";
import { EXIT, Exit } from "../terminal/exit.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { PredictionDisplay } from "../terminal/predict_display.ts";
import { endJson, resultJson } from "../terminal/predict_json.ts";
import { complain, type Json, type Say } from "../terminal/say.ts";
import { describeDevice, TUNING } from "../words/engine_words.ts";
import { sayLeftOut } from "../words/left_out_words.ts";
import { chosenModelWords, sayNotes } from "../words/model_words.ts";
import { specksWords } from "../words/prediction_words.ts";
import { task } from "../words/task.ts";
import { figure, plural, shellWord } from "../words/words.ts";

/** `predict` with its options and its action. */
export function predictCommand() {
  const command = new Command("predict")
    .description(
      "Outline lesions in images with a trained model. For each image a mask, the probabilities and the " +
        "outline over the image are written at the image's own size; for all of them lists of what was found, " +
        "with measurements and outlines (JSON, COCO JSON, CSV), a contact sheet, and a page to look at them.",
    )
    .argument("<file-or-folder...>", "image files or folders, inside the data directory")
    .requiredOption(...DATA_OPTION)
    .addOption(outDirOption())
    .option(...MODEL_OPTION, addText)
    .option("--out <folder>", "where to write (default: predictions/ in the model's run)")
    .option("--shard <i/n>", "predict only part i of n; merge joins the parts", parseShard)
    .option(
      "--size <px>",
      "network input, for a model that does not tell its own (default: 512)",
      parseSize,
    )
    .addOption(fitOption())
    .option(
      "--check-model",
      "first compute the model's test image, and stop with 3 when this machine gets it wrong",
    );
  addFieldOptions(command, PREDICTION_FIELDS);
  addEngineOptions(command);
  return command.addOption(noAutotuneOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .action(async (inputs, { data, outDir, json, quiet, ...options }) => {
      const settings = givenSettings(options);
      const folders = await openFolders({ data, outDir });
      const wishes = givenFields(PREDICTION_FIELDS, options);
      const request = { ...folders, inputs, ...options, ...wishes, settings };
      const output = outputOf({ json, quiet });
      const { failures, interrupted } = await predict(request, output.say, output.json);
      if (interrupted) throw new Exit(EXIT.interrupted);
      if (failures > 0) throw new Exit(EXIT.input);
    });
}

/** Predicts images and prints the results. Bad files are named on stderr. */
export async function predict(
  request: Omit<PredictRequest, "signal">,
  say: Say,
  json?: Json,
): Promise<PredictResult> {
  const { data, output = data, shard } = request;
  const best = request.model === undefined ? await bestRun(output) : undefined;
  using interrupt = new Interrupt();
  let display: PredictionDisplay | undefined;
  const result = await predictFolder({ ...request, signal: interrupt.signal }, {
    note: (text) => say.line(`note: ${text}`),
    tuning: () => say.line(TUNING),
    prepared({ models, configs, options, chosen }) {
      for (const [k, model] of models.entries()) {
        const { width, height } = configs[k];
        say.line(`model    ${model.path}, input ${width}x${height}`);
        if (request.model === undefined) say.line(`         ${chosenModelWords(model, best)}`);
        sayNotes(model, say);
      }
      const words = chosenWords(request, options);
      if (words !== "") say.line(`options  ${words}`);
      say.line(`device   ${describeDevice(chosen)}`);
    },
    checked: ({ figures }) => say.line(`verified ${figures}`),
    begin({ images, inputs, spacings: { table } }) {
      if (shard) {
        say.line(
          `shard    ${shard.index} of ${shard.count}: ${images} of ${
            plural(inputs.images.length, "image")
          }`,
        );
      }
      if (table) say.line(`spacings ${spacingTableInWords(table)}`);
      sayLeftOut(inputs.leftOut, say);
      const { masks } = inputs;
      if (masks.length > 0) {
        say.line(
          `left out: ${plural(masks.length, "mask")} in these folders (such as ${masks[0]})`,
        );
      }
      const shown = display = new PredictionDisplay(say, images, complain);
      for (const failure of inputs.failures) {
        shown.failed(failure);
        json?.(resultJson(failure));
      }
      interrupt.listen(() => {
        shown.end();
        complain("stopping after this image; press Ctrl-C again to end at once");
      });
    },
    done(result) {
      display?.done(result);
      json?.(resultJson(result));
    },
  });
  display?.end();
  sayEnd(request, result, say);
  json?.(endJson(result, output));
  if (result.failures > 0) complain(`error: ${plural(result.failures, "file")} failed`);
  return result;
}

/** What `auto` came to, and a threshold that is not the usual one. */
function chosenWords(
  { threshold, tta, minArea }: PredictRequest,
  options: PreparedPrediction["options"],
): string {
  const { threshold: usual } = PREDICTION_FIELDS;
  const words: string[] = [];
  if (tta === "auto") words.push(`flips: ${options.tta}`);
  if (threshold === "auto" || threshold === undefined && options.threshold !== usual.default) {
    words.push(`threshold ${options.threshold}`);
  }
  if (minArea === "auto") {
    words.push(`lesions from ${figure(options.minShare! * 100)} % of an image`);
  }
  return words.join(", ");
}

/** Prints the summary. */
function sayEnd(
  { data, output = data, shard }: PredictRequest,
  { out, images, results, interrupted, depth, settings, hasPage, nothing }: PredictResult,
  say: Say,
): void {
  const done = predicted(results);
  const lesions = done.reduce((sum, { lesions }) => sum + lesions.length, 0);
  const stopped = interrupted ? `stopped after ${results.length} of ${images}: ` : "";
  say.line(
    `${stopped}${plural(done.length, "image")} predicted, ${plural(lesions, "lesion")}; ` +
      `see ${output.resolve(out)}`,
    "result",
  );
  for (const note of depth.notes()) say.line(`note: ${note}`);
  const inPx = withoutSpacing(done.map(({ input, mm_per_px }) => [input, mm_per_px !== undefined]));
  if (inPx !== undefined) say.line(`note: ${inPx}; they are measured in px alone`);
  if (nothing !== undefined) say.line(`note: ${nothing}`);
  const specks = shard ? undefined : specksWords(countSpecks(done, settings));
  if (specks) say.line(specks);
  if (shard && stopped) say.line("This part is not finished; predict it again.");
  else if (shard) {
    say.line(`When all ${shard.count} parts are there: ${task("merge", shellWord(out))}`);
  } else if (done.length > 0) {
    say.line(`At a glance: ${output.resolve(`${out}/${PREDICTION_FILES.sheet}`)}`);
    say.line(
      hasPage
        ? `Each image, in a browser: ${output.resolve(`${out}/${PREDICTION_FILES.page}`)}`
        : `There is no ${PREDICTION_FILES.page}: ${
          plural(images, "image")
        } are too many for a page.`,
    );
  }
  say.line(RESEARCH_ONLY);
}
