/**
 * Gathers the report of a run from its folder and writes `report.html`.
 *
 * It reads only small files, so it can run often during training. The caller passes in the figures
 * and pictures of cases, which need an engine and the images.
 *
 * @module
 */
import { isRecord } from "../core/json.ts";
import type { Sentence, Spell } from "../core/sentence.ts";
import { TEXT_LIMITS } from "../core/text.ts";
import { VERSION } from "../core/version.ts";
import type { SplitNames } from "../dataset/split_file.ts";
import { graphOf } from "../network/architectures.ts";
import { parameterCount } from "../network/parameters.ts";
import type { NamedValue } from "../page/values.ts";
import { reportPage } from "../report/page/page.ts";
import type { ReportData, ReportTable } from "../report/page/report_data.ts";
import { resultsPicture } from "../report/page/results_picture.ts";
import { whatNext } from "../report/what_next.ts";
import { networkOfConfig, type TrainingConfig } from "../train/config.ts";
import { bestOf, endedEarly, type Progress } from "../train/progress.ts";
import { forInformation, type Warn } from "./for_information.ts";
import { readManifest, type SavedManifest } from "./manifest.ts";
import { inspectionTable } from "./report_inspection.ts";
import { FILES, type RunFolder } from "./run_folder.ts";
import { readSplit } from "./run_record.ts";
import { augmentedOf } from "./report_sheet.ts";
import { type StripEnd, stripOf } from "./strip.ts";
import { readTimings } from "./timings.ts";
import { trainingCommand } from "./training_command.ts";

/** Data for the report that the folder does not contain. */
export interface ReportRequest {
  readonly run: RunFolder;
  readonly config: TrainingConfig;
  readonly progress: Progress;
  readonly state: ReportData["state"];
  readonly results?: ReportData["results"];
  readonly noResults?: string;
  /** What the models of the best and of the last epoch predict for the snapshots' images. */
  readonly stripEnds?: readonly StripEnd[] | undefined;
  /** Called for each damaged file that the report leaves out. */
  readonly warn?: Warn | undefined;
  /** Writes settings and commands. Default: by their names in the library. */
  readonly spell?: Spell | undefined;
}

/**
 * Gathers the report and writes `report.html`. After the end of training, `results.png` as well.
 */
export async function writeReport(request: ReportRequest): Promise<void> {
  const report = await gatherReport(request);
  await request.run.write(FILES.report, await reportPage(report));
  if (report.state === "training" || report.history.length === 0) return;
  await request.run.write(FILES.results, await resultsPicture(report));
}

/** Gathers the data of the report. A missing or damaged file leaves its part out. */
export async function gatherReport(request: ReportRequest): Promise<ReportData> {
  const { run, config, progress, state, results, noResults, spell } = request;
  const { history, epoch } = progress;
  const best = bestOf(history);
  const split = await readSplit(run);
  const parts = new Map(split.parts);
  const damaged: string[] = [];
  const warn = (text: string) => {
    damaged.push(text);
    request.warn?.(text);
  };
  const manifest = await forInformation(() => readManifest(run), warn) ?? {};
  const timings = await forInformation(() => readTimings(run, epoch), warn);
  const findings = await forInformation(() => inspectionTable(run), warn);
  const strip = await forInformation(
    () =>
      stripOf(run, {
        config,
        names: parts.get("validation") ?? [],
        finished: epoch,
        best: best?.epoch,
        ends: request.stripEnds ?? [],
        warn,
      }),
    warn,
  );
  const spelled = (words: Sentence) => spell ? words.spelled(spell) : words.toString();
  const next = whatNext({
    run: run.name,
    state,
    config,
    history,
    bestEpoch: best?.epoch,
    hasTest: parts.has("test"),
    evaluation: results?.evaluation,
  });
  return {
    run: run.name,
    version: VERSION,
    begun: dateOf(manifest.sessions?.[0]?.started),
    ended: timings?.finished(),
    command: spelled(trainingCommand(run.name, config, manifest.weights?.file)),
    state,
    epoch,
    epochs: config.epochs,
    early: endedEarly(progress, config),
    history,
    best: best && { epoch: best.epoch, dice: best.valDice },
    keepsLast: config.keep === "last",
    parts: split.parts.map(([name, images]) => ({ name, images: images.length })),
    config: await configRows(run, config, warn),
    dataset: {
      rows: datasetRows(split, manifest),
      warnings: [...warningsOf(split, config, manifest), ...damaged],
      findings,
    },
    timings: timings?.epochs() ?? [],
    manifest: manifestTables(manifest),
    results,
    noResults,
    strip,
    augmented: await forInformation(() => augmentedOf(run), warn),
    next: next.map(({ command, ...step }) => ({
      ...step,
      ...(command && { command: spelled(command) }),
    })),
  };
}

/** A value that is a date. */
function dateOf(value: unknown): string | undefined {
  return typeof value === "string" && !Number.isNaN(Date.parse(value)) ? value : undefined;
}

async function configRows(
  run: RunFolder,
  config: TrainingConfig,
  warn: Warn,
): Promise<NamedValue[]> {
  const json = await forInformation(
    () => run.readJson(FILES.config, { limit: TEXT_LIMITS.config }),
    warn,
  );
  const file = Object.entries(isRecord(json) ? json : {});
  const parameters = parameterCount(graphOf(networkOfConfig(config))).toLocaleString("en-US");
  return [
    ...file.map(([name, value]): NamedValue => [name.replaceAll("_", " "), wordOf(value)]),
    ["parameters", parameters],
  ];
}

function datasetRows(
  { groups, patients }: SplitNames,
  manifest: SavedManifest,
): NamedValue[] {
  const counts = Object.entries(manifest.dataset ?? {})
    .map(([name, count]): NamedValue => [name.replaceAll("_", " "), wordOf(count)]);
  const known = patients && new Set(patients.values()).size;
  return [
    ...counts,
    ["patients", known === undefined ? "unknown" : String(known)],
    ...(groups ? [["groups kept together", String(groups.length)] as const] : []),
  ];
}

/** Reasons to doubt the figures that are known before anything is measured. */
function warningsOf(
  { groups, patients }: SplitNames,
  { split }: TrainingConfig,
  manifest: SavedManifest,
): string[] {
  const warnings: string[] = [];
  const counted = (name: string) => Number(manifest.dataset?.[name] ?? 0);
  const full = counted("masks_covering_their_image");
  if (full > 0) warnings.push(`Masks that cover their whole image: ${full}. Are they inverted?`);
  const rescaled = counted("masks_with_other_grey_levels");
  if (rescaled > 0) {
    warnings.push(
      `Masks of two other levels or colours than 0 and 255, taken as black and white: ${rescaled}.`,
    );
  }
  if (patients === undefined) {
    warnings.push(
      "Patients are unknown: images of one patient may be on both sides of the split, which makes " +
        "the figures too good. A table of patients, or a pattern for their names in the paths, " +
        "tells training who they are.",
    );
  }
  if (groups === undefined && split === "random") {
    warnings.push(
      "The images were divided at random: near duplicates may be on both sides, which makes the figures too good.",
    );
  }
  return warnings;
}

function manifestTables({ sessions = [], weights }: SavedManifest): ReportTable[] {
  const columns = [
    "started",
    "from_epoch",
    "sonoseg",
    "deno",
    "platform",
    "engine",
    "adapter",
    "cores",
  ] as const;
  const rows = sessions.map((session) => columns.map((name) => wordOf(session[name])));
  const tables: ReportTable[] = [{
    title: "Sessions",
    columns: columns.map((name) => name.replaceAll("_", " ")),
    rows,
  }];
  if (weights) {
    const row = [wordOf(weights.file), wordOf(weights.sha256)];
    tables.push({ title: "Begun with the weights of", columns: ["file", "sha256"], rows: [row] });
  }
  return tables;
}

function wordOf(value: unknown): string {
  if (value === null || value === undefined) return "-";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
