/**
 * Checks the readable files of a run. Resuming needs none of them; each is made from the
 * checkpoint, the best model and the images. An optional file is reported only if it exists.
 *
 * @module
 */
import { InputError, naming } from "../core/errors.ts";
import { formerly, number, object, orNull } from "../core/json.ts";
import type { Part } from "../dataset/split.ts";
import { TEXT_LIMITS } from "../core/text.ts";
import { EVALUATION_FILES, type EvaluationResults } from "../evaluate/results.ts";
import { decodeImage } from "../image/codecs/decode.ts";
import { MOST_FILE_BYTES } from "../image/codecs/header.ts";
import type { SavedRun } from "../model/checkpoint.ts";
import type { FileStore } from "../store/store.ts";
import { bestOf, hasEnded, keptRow } from "../train/progress.ts";
import { type FileReport, type Look, look, present, report } from "./file_report.ts";
import { isHistoryCsv } from "./history_csv.ts";
import { MOSAIC_FILE, sampleFile } from "./pictures.ts";
import { readInspection } from "./report_inspection.ts";
import { FILES, type RunFolder } from "./run_folder.ts";
import { readResults, readSplit } from "./run_record.ts";
import type { RunSettings } from "./run_settings.ts";
import { epochOfSnapshot, isSnapshotEpoch, readSnapshot, SNAPSHOT_FILES } from "./snapshots.ts";
import { readTimings } from "./timings.ts";

/** The figures that `evaluate` wrote. */
const EVALUATION = `${FILES.evaluation}/${EVALUATION_FILES.json}`;

/** Checks the readable files. The settings are `undefined` if they are not known. */
export async function checkReadable(
  data: FileStore,
  run: RunFolder,
  saved: SavedRun | undefined,
  settings: Pick<RunSettings, "snapshotEvery" | "sampleImages"> | undefined,
): Promise<FileReport[]> {
  const parts = await splitParts(run);
  const history = await look(async () =>
    await run.readText(FILES.history, { limit: TEXT_LIMITS.epochs }) ?? false
  );
  const reports: (FileReport | undefined)[] = [
    report(FILES.history, history, (text) => {
      if (saved === undefined) return ["good", "nothing to compare it with"];
      const rows = saved.progress.history;
      return isHistoryCsv(text, rows)
        ? ["good", `${rows.length} rows, the checkpoint's`]
        : ["behind", `not the checkpoint's ${rows.length} rows, which count`];
    }),
  ];
  const isBegun = saved !== undefined && saved.progress.epoch > 0;
  if (isBegun) {
    const timings = await look(async () =>
      await present(data, run, FILES.timings) && await readTimings(run)
    );
    reports.push(report(FILES.timings, timings, () => ["good", "for information"]));
    reports.push(await checkPicture(data, run, FILES.loss));
  }
  reports.push(
    unlessAbsent(
      await checkPicture(data, run, FILES.augmented),
      saved !== undefined && saved.config.augment !== "none",
    ),
    await checkSnapshots(run, saved, settings?.snapshotEvery),
    await checkSamples(run, saved, parts.get("validation") ?? [], settings?.sampleImages),
    unlessAbsent(await checkInspection(run), false),
  );
  const isFinished = isBegun && hasEnded(saved.progress, saved.config);
  reports.push(
    unlessAbsent(
      await checkTest(run, saved),
      isFinished && (parts.get("test") ?? []).length > 0,
    ),
    // The report makes its own figures only if `evaluate` has not written any.
    unlessAbsent(
      await checkMetrics(run, saved),
      isFinished && !await present(data, run, EVALUATION),
    ),
    unlessAbsent(await checkEvaluation(run), false),
    unlessAbsent(await checkPage(run), isFinished),
    unlessAbsent(await checkPicture(data, run, FILES.results), isFinished),
  );
  return reports.filter((entry) => entry !== undefined);
}

/** Omits the report on a missing file that is not due. */
function unlessAbsent(entry: FileReport, isDue: boolean): FileReport | undefined {
  return entry.condition === "missing" && !isDue ? undefined : entry;
}

async function checkPicture(data: FileStore, run: RunFolder, file: string): Promise<FileReport> {
  const picture = await look(async () =>
    await present(data, run, file) &&
    decodeImage(
      await data.readFile(run.file(file), { limit: MOST_FILE_BYTES }),
      run.file(file),
    )
  );
  return report(
    file,
    picture,
    ({ width, height }) => ["good", `a picture of ${width}x${height} px`],
  );
}

/** The report on the pictures of all epochs, in one line; `undefined` if none are made. */
async function checkSnapshots(
  run: RunFolder,
  saved: SavedRun | undefined,
  snapshots: number | null | undefined,
): Promise<FileReport | undefined> {
  const listed = await look(() => run.list(FILES.snapshots));
  // A link that leads outside keeps the folder from being listed.
  if (listed.value === undefined) return report(`${FILES.snapshots}/`, listed, () => ["good", ""]);
  const names = listed.value || [];
  const isDue = saved !== undefined && snapshots !== undefined && snapshots !== 0;
  if (names.length === 0 && !isDue) return undefined;
  const pictures = names.filter((name) =>
    name === SNAPSHOT_FILES.images || name === SNAPSHOT_FILES.truth ||
    epochOfSnapshot(name) !== undefined
  );
  const whole = await look(async () => {
    if (saved === undefined) return pictures;
    for (const name of pictures) {
      const path = `${FILES.snapshots}/${name}`;
      readSnapshot(
        (await run.readBytes(path, { limit: MOST_FILE_BYTES }))!,
        run.file(path),
        saved.config,
      );
    }
    return pictures;
  });
  return report(`${FILES.snapshots}/`, whole, (names) => {
    const epochs = names.map(epochOfSnapshot).filter((epoch) => epoch !== undefined);
    const words = epochs.length === 1
      ? "a picture of 1 epoch"
      : `pictures of ${epochs.length} epochs`;
    if (saved === undefined) return ["good", words];
    const { epoch: last } = saved.progress;
    if (isDue) {
      const files = Object.values(SNAPSHOT_FILES).filter((file) => !names.includes(file));
      const [epoch] = Array.from({ length: last }, (_, index) => index + 1)
        .filter((epoch) => isSnapshotEpoch(epoch, snapshots) && !epochs.includes(epoch));
      const missing = [...files, ...(epoch === undefined ? [] : [`the picture of epoch ${epoch}`])];
      if (missing.length > 0) return ["missing", `${words}, without ${missing.join(" and ")}`];
    }
    return epochs.some((epoch) => epoch > last)
      ? ["behind", `${words}, one of an epoch that the checkpoint does not have yet`]
      : ["good", words];
  });
}

/** The report on `samples/`, in one line; `undefined` if none are due. */
async function checkSamples(
  run: RunFolder,
  saved: SavedRun | undefined,
  validation: readonly string[],
  count: number | undefined,
): Promise<FileReport | undefined> {
  const images = validation.slice(0, count);
  const isDue = saved !== undefined && bestOf(saved.progress.history) !== undefined;
  if (!isDue || count === undefined || images.length === 0) return undefined;
  const files = images.map((image, index) => `${FILES.samples}/${sampleFile(index, image)}`);
  const pictures = await look(async () => {
    const missing: string[] = [];
    for (const file of files) {
      const bytes = await run.readBytes(file, { limit: MOST_FILE_BYTES });
      if (bytes === undefined) missing.push(file);
      else decodeImage(bytes, run.file(file));
    }
    // Runs of earlier versions have no picture of all.
    const mosaic = `${FILES.samples}/${MOSAIC_FILE}`;
    const bytes = await run.readBytes(mosaic, { limit: MOST_FILE_BYTES });
    if (bytes !== undefined) decodeImage(bytes, run.file(mosaic));
    return missing;
  });
  return report(
    `${FILES.samples}/`,
    pictures,
    (missing) =>
      missing.length === 0
        ? ["good", `${files.length} validation images`]
        : ["missing", `${missing.length} of ${files.length} pictures, such as ${missing[0]}`],
  );
}

/** The figures of an evaluation in a file. */
async function lookAtFigures(run: RunFolder, file: string): Promise<Look<EvaluationResults>> {
  return await look(async () => await readResults(run, file) ?? false);
}

/** Checks the figures that `evaluate` wrote. */
async function checkEvaluation(run: RunFolder): Promise<FileReport> {
  const results = await lookAtFigures(run, EVALUATION);
  return report(EVALUATION, results, ({ cases }) => ["good", `figures of ${cases.length} images`]);
}

/** Checks `inspect.json`. */
async function checkInspection(run: RunFolder): Promise<FileReport> {
  const found = await look(async () => await readInspection(run) ?? false);
  return report(
    FILES.inspection,
    found,
    ({ images, findings }) => ["good", `${images} images, ${findings.length} kinds of findings`],
  );
}

/** The fields of `test.json`. */
const testFigures = formerly(
  { lesion_free: "normals" },
  object({
    epoch: number,
    images: number,
    loss: number,
    lesions: number,
    missed: number,
    lesion_free: number,
    false_alarms: number,
    dice: orNull(number),
    iou: orNull(number),
  }),
);

async function checkTest(run: RunFolder, saved: SavedRun | undefined): Promise<FileReport> {
  const name = run.file(FILES.test);
  const figures = await look(async () => {
    const json = await run.readJson(FILES.test);
    if (json === undefined) return false;
    return naming(name, () => testFigures(json));
  });
  return report(FILES.test, figures, ({ epoch, images }) => {
    const words = `epoch ${epoch} on ${images} test images`;
    const keep = saved?.config.keep ?? "best";
    const kept = saved && keptRow(saved.progress.history, keep)?.epoch;
    return kept === undefined || kept === epoch
      ? ["good", words]
      : ["behind", `${words}, but the ${keep} epoch is ${kept}`];
  });
}

async function checkMetrics(run: RunFolder, saved: SavedRun | undefined): Promise<FileReport> {
  const results = await lookAtFigures(run, FILES.metrics);
  return report(FILES.metrics, results, ({ model, cases }) => {
    const words = `epoch ${model.epoch} on ${cases.length} images`;
    const isOfLast = saved?.config.keep === "last";
    const fits = isOfLast
      ? model.epoch === saved.progress.epoch
      : saved?.bestHash === undefined || saved.bestHash === model.sha256;
    return fits
      ? ["good", words]
      : ["behind", `${words}, not the ${isOfLast ? "last" : "best"} model as it is now`];
  });
}

/** Checks that `report.html` is a complete page. Its content is not compared. */
async function checkPage(run: RunFolder): Promise<FileReport> {
  const name = run.file(FILES.report);
  const page = await look(async () => {
    const text = await run.readText(FILES.report);
    if (text === undefined) return false;
    if (!/^\s*<!doctype html>/i.test(text) || !/<\/html>\s*$/i.test(text)) {
      throw new InputError(`${name} is no whole page`);
    }
    return text;
  });
  return report(FILES.report, page, () => ["good", "a page"]);
}

/** The images of each part of the split; empty if it cannot be read. */
async function splitParts(run: RunFolder): Promise<ReadonlyMap<Part, readonly string[]>> {
  const { value } = await look(() => readSplit(run));
  return new Map(value ? value.parts : []);
}
