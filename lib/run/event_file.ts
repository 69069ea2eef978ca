/**
 * The file that TensorBoard reads: curves by epoch, and the first validation images with what was
 * predicted in them.
 *
 * It is made from the history, `timings.csv` and `snapshots/`. After each checkpoint the epoch is
 * appended to it, and the file is not replaced, since TensorBoard keeps it open while it grows. A
 * resumed session replaces it if it is not what the checkpoint's epochs give: so no epoch is in it
 * twice, and what a killed process left of a record is gone.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { joined } from "../core/joined.ts";
import {
  type EventTime,
  imageRecord,
  scalarsRecord,
  versionRecord,
} from "../formats/tensorboard.ts";
import { sameBytes } from "../core/same_bytes.ts";
import { decodeGrey } from "../image/codecs/decode.ts";
import { encodeGrey } from "../image/codecs/encode.ts";
import { MOST_FILE_BYTES } from "../image/codecs/header.ts";
import type { GreyImage } from "../image/image.ts";
import type { HistoryRow } from "../train/progress.ts";
import { forInformation, type Warn } from "./for_information.ts";
import { FILES, type RunFolder } from "./run_folder.ts";
import { SNAPSHOT_FILES, snapshotFile } from "./snapshots.ts";
import type { Timings } from "./timings.ts";

/** The tag of the pictures, which have three rows. */
const PICTURES = "validation/image_mask_prediction";

/** What the file is made from. */
export interface EventSources {
  readonly run: RunFolder;
  readonly history: readonly HistoryRow[];
  readonly timings: Timings;
  readonly warn: Warn;
}

/** Writes the file with all epochs of the history, unless it holds just these. */
export async function writeEvents(sources: EventSources): Promise<void> {
  const { run, history, timings } = sources;
  if (history.length === 0 && !(await run.has(FILES.events))) return;
  const begun = history.map(({ epoch }) => timings.finishedAt(epoch)).find(isKnown);
  // An epoch whose time is lost gets that of the one before it.
  let wallTime = begun ?? Date.now() / 1000;
  const records = [versionRecord(wallTime)];
  for (const row of history) {
    wallTime = timings.finishedAt(row.epoch) ?? wallTime;
    records.push(...await recordsOf(sources, row, wallTime));
  }
  const bytes = joined(records);
  const before = await forInformation(() => run.readBytes(FILES.events, { limit: bytes.length }));
  if (before === undefined || !sameBytes(before, bytes)) await run.write(FILES.events, bytes);
}

/** Appends the last epoch of the history. Writes a file anew that was removed meanwhile. */
export async function appendEvents(sources: EventSources): Promise<void> {
  const { run, history, timings } = sources;
  const row = history.at(-1);
  if (row === undefined || !(await run.has(FILES.events))) return await writeEvents(sources);
  const wallTime = timings.finishedAt(row.epoch) ?? Date.now() / 1000;
  await run.append(FILES.events, joined(await recordsOf(sources, row, wallTime)));
}

/** The records of an epoch. */
async function recordsOf(
  { run, timings, warn }: EventSources,
  row: HistoryRow,
  wallTime: number,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const time: EventTime = { wallTime, step: row.epoch };
  const records = [scalarsRecord(time, figuresOf(row, timings))];
  const picture = await forInformation(() => pictureOf(run, row.epoch), warn);
  if (picture) {
    const { width, height } = picture;
    records.push(imageRecord(time, PICTURES, { width, height, png: encodeGrey(picture) }));
  }
  return records;
}

/** The figures of an epoch by their tags. TensorBoard groups them by the word before the slash. */
function figuresOf(row: HistoryRow, timings: Timings): Record<string, number> {
  const timing = timings.epochs().find(({ epoch }) => epoch === row.epoch);
  const figures: Record<string, number | null | undefined> = {
    "loss/train": row.trainLoss,
    "loss/validation": row.valLoss,
    "loss/validation_averaged": row.emaLoss,
    "dice/validation": row.valDice,
    "dice/validation_averaged": row.emaDice,
    "iou/validation": row.valIou,
    "iou/validation_averaged": row.emaIou,
    "false_alarms/validation": row.lesionFree > 0 ? row.falseAlarms : null,
    "learning_rate": row.learningRate,
    "seconds/train": timing?.trainSeconds,
    "seconds/validation": timing?.valSeconds,
  };
  return Object.fromEntries(
    Object.entries(figures).flatMap(([tag, value]) => isKnown(value) ? [[tag, value]] : []),
  );
}

/** The snapshot of an epoch below its images and masks; `undefined` where none was taken. */
async function pictureOf(run: RunFolder, epoch: number): Promise<GreyImage | undefined> {
  const snapshot = snapshotFile(epoch);
  if (!await run.has(`${FILES.snapshots}/${snapshot}`)) return undefined;
  const rows: GreyImage[] = [];
  for (const name of [SNAPSHOT_FILES.images, SNAPSHOT_FILES.truth, snapshot]) {
    const file = `${FILES.snapshots}/${name}`;
    const bytes = await run.readBytes(file, { limit: MOST_FILE_BYTES });
    if (bytes === undefined) return undefined;
    rows.push(decodeGrey(bytes, run.file(file)));
  }
  const [{ width }] = rows;
  if (rows.some((row) => row.width !== width)) {
    throw new InputError(`${run.file(FILES.snapshots)}/ has pictures of different widths`);
  }
  const height = rows.reduce((sum, row) => sum + row.height, 0);
  return { width, height, pixels: joined(rows.map(({ pixels }) => pixels)) };
}

function isKnown(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}
