/**
 * Writes the event files of TensorBoard.
 *
 * A file is a sequence of TFRecords (https://www.tensorflow.org/tutorials/load_data/tfrecord), each
 * an `Event` message: event.proto and summary.proto of TensorBoard name the fields below by their
 * numbers. Whoever reads a file while it grows waits for the rest of a record that is not whole.
 *
 * @module
 */
import { crc32c } from "../core/crc32.ts";
import { Message } from "./protobuf.ts";

const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2, image: 4 } as const;
const IMAGE = { height: 1, width: 2, colourSpace: 3, encoded: 4 } as const;

/** The number of the colour space "greyscale". */
const GREYSCALE = 1;

/** When something happened. */
export interface EventTime {
  /** Seconds since 1970. */
  readonly wallTime: number;
  /** The x-coordinate of the curves, such as the epoch. */
  readonly step: number;
}

/** A picture, as a PNG file with grey pixels. */
export interface EventImage {
  readonly width: number;
  readonly height: number;
  readonly png: Uint8Array;
}

/** The record that begins a file. `wallTime` is in seconds since 1970. */
export function versionRecord(wallTime: number): Uint8Array<ArrayBuffer> {
  const version = new Message().double(EVENT.wallTime, wallTime)
    .text(EVENT.fileVersion, "brain.Event:2");
  return tfRecord(version.finish());
}

/** The record of figures of one step, by their tags: `{ "loss/train": 0.5 }`. */
export function scalarsRecord(
  time: EventTime,
  figures: Readonly<Record<string, number>>,
): Uint8Array<ArrayBuffer> {
  const values = Object.entries(figures).map(([tag, figure]) =>
    new Message().text(VALUE.tag, tag).float(VALUE.simpleValue, figure)
  );
  return summaryRecord(time, values);
}

/** The record of a picture of one step. */
export function imageRecord(
  time: EventTime,
  tag: string,
  { width, height, png }: EventImage,
): Uint8Array<ArrayBuffer> {
  const image = new Message().integer(IMAGE.height, height).integer(IMAGE.width, width)
    .integer(IMAGE.colourSpace, GREYSCALE).bytes(IMAGE.encoded, png);
  return summaryRecord(time, [new Message().text(VALUE.tag, tag).message(VALUE.image, image)]);
}

function summaryRecord({ wallTime, step }: EventTime, values: readonly Message[]) {
  const summary = new Message();
  for (const value of values) summary.message(SUMMARY.value, value);
  const event = new Message().double(EVENT.wallTime, wallTime).integer(EVENT.step, step)
    .message(EVENT.summary, summary);
  return tfRecord(event.finish());
}

/** A TFRecord: length (64 bits), checksum of the length, data, checksum of the data. */
function tfRecord(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const record = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return record;
}

/** A checksum rotated by 15 bits plus a constant, so that data may hold checksums itself. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
