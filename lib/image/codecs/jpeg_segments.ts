/**
 * The segments of a JPEG file (ITU-T T.81, annex B): a marker, its length, its content.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";

/** Start of image, then the first byte of the next marker. */
export const JPEG_SIGNATURE: readonly number[] = [0xff, 0xd8, 0xff];

/** The markers that the reader knows by name. */
export const MARKER = { DHT: 0xc4, EOI: 0xd9, SOS: 0xda, DQT: 0xdb, DRI: 0xdd } as const;

/** One segment. */
export interface Segment {
  /** The second byte of the marker. */
  readonly marker: number;
  /** The content behind the length; empty for the end of the image. */
  readonly content: Uint8Array;
  /** The coded pixels behind the header of a scan, up to the next segment; else empty. */
  readonly coded: Uint8Array;
}

/**
 * Walks the segments of a file that begins with {@linkcode JPEG_SIGNATURE}, up to its end of image.
 * What lies between segments is skipped, as libjpeg does.
 *
 * @param name How to call the file in an error.
 * @throws {InputError} when the file ends before its end of image.
 */
export function* segmentsOf(bytes: Uint8Array, name: string): Generator<Segment> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let scans = 0;
  const cutOff = () =>
    new InputError(
      scans === 0
        ? `${name} is cut off inside its JPEG header; copy it again.`
        : `${name} is cut off: the file ends after ${bytes.length} bytes, before its JPEG end of ` +
          `image; copy it again.`,
    );
  const none = bytes.subarray(0, 0);
  for (let at = JPEG_SIGNATURE.length - 1;;) {
    at = nextMarker(bytes, at);
    if (at + 1 >= bytes.length) throw cutOff();
    const marker = bytes[at + 1];
    at += 2;
    if (isStandalone(marker)) continue;
    if (marker === MARKER.EOI) return yield { marker, content: none, coded: none };
    if (at + 2 > bytes.length) throw cutOff();
    const length = view.getUint16(at);
    if (length < 2) {
      throw new InputError(`${name} is damaged: a JPEG segment says it is ${length} bytes long.`);
    }
    const end = at + length;
    if (end > bytes.length) throw cutOff();
    const content = bytes.subarray(at + 2, end);
    at = marker === MARKER.SOS ? endOfCoded(bytes, end) : end;
    yield { marker, content, coded: bytes.subarray(end, at) };
    if (marker === MARKER.SOS) scans++;
  }
}

/** What precedes the content of a segment: its marker, and its length with the two bytes for it. */
export function segmentHead(
  marker: number,
  content: ArrayLike<number>,
): Uint8Array<ArrayBuffer> {
  const length = content.length + 2;
  return Uint8Array.of(0xff, marker, length >> 8, length & 255);
}

/** Where the next marker begins, without fill bytes: 0xff and a byte that is neither 0 nor 0xff. */
function nextMarker(bytes: Uint8Array, from: number): number {
  let at = from;
  while ((at = bytes.indexOf(0xff, at)) !== -1) {
    const code = bytes[at + 1];
    if (code !== 0x00 && code !== 0xff) return at;
    at += code === 0x00 ? 2 : 1;
  }
  return bytes.length;
}

/** Where coded pixels end: at the first marker that restarts nothing. */
function endOfCoded(bytes: Uint8Array, from: number): number {
  let at = nextMarker(bytes, from);
  while (at < bytes.length && isRestart(bytes[at + 1])) at = nextMarker(bytes, at + 2);
  return at;
}

/** RST0 to RST7. */
function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}

/** Markers without a length: TEM, RST0 to RST7, SOI. */
function isStandalone(marker: number): boolean {
  return marker === 0x01 || marker === 0xd8 || isRestart(marker);
}

/** SOF0 to SOF15, without the three codes DHT, JPG and DAC, which are not frames. */
export function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}
