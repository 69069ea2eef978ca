/**
 * The header of JPEG 2000 data (ITU-T T.800, annex A), in which DICOM files come.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { checkSize } from "./header.ts";

const SOC = 0xff4f, SIZ = 0xff51, COD = 0xff52, SOT = 0xff90;

/** The first four bytes of the code: SOC and SIZ. */
const CODE_START = [0xff, 0x4f, 0xff, 0x51];

/** Some programs put the code into boxes; it begins behind them. */
const MOST_BOXES = 4096;

/** Each tile takes memory. So many are taken in any case; more need as many px each. */
const FREE_TILES = 256, LEAST_TILE = 32 * 32;

/** So many resolutions and layers take memory as no usual file does. */
const MOST_LEVELS = 32, MOST_LAYERS = 1024;

/** The exponents of the sides of precincts that take little memory: 32 px and more. */
const LEAST_PRECINCT = 5;

/** What the header says. */
export interface Jpeg2000Frame {
  /** The code, without boxes. */
  readonly data: Uint8Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** The most bits of a sample. */
  readonly bits: number;
  /** Whether three components were RGB and are mixed for better packing. */
  readonly mixed: boolean;
}

/**
 * Reads the header.
 *
 * @param name How to call the file in an error.
 * @throws {InputError} when it is cut off, damaged, too large, or would take much memory.
 */
export function readJpeg2000Frame(bytes: Uint8Array<ArrayBuffer>, name: string): Jpeg2000Frame {
  const damaged = () =>
    new InputError(`${name} is damaged: the header of its JPEG 2000 data is wrong; copy it again.`);
  const data = codeOf(bytes);
  if (data === undefined) throw damaged();
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let frame: Omit<Jpeg2000Frame, "mixed"> | undefined;
  // Segments follow the first marker, each with its marker and its length.
  for (let at = 2; at + 4 <= data.length;) {
    const marker = view.getUint16(at), length = view.getUint16(at + 2);
    const end = at + 2 + length;
    if (marker === SOC || marker === SOT || length < 2 || end > data.length) break;
    const content = data.subarray(at + 4, end);
    if (marker === SIZ && frame === undefined) {
      frame = { data, ...readSize(content, name, damaged) };
    } else if (marker === COD) {
      if (frame === undefined || content.length < 10) break;
      return { ...frame, mixed: readCoding(content, frame, name) };
    }
    at = end;
  }
  throw damaged();
}

/** The code in a file that may have boxes around it. */
function codeOf(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  for (let at = bytes.indexOf(0xff); at >= 0 && at < MOST_BOXES; at = bytes.indexOf(0xff, at + 1)) {
    if (CODE_START.every((byte, i) => bytes[at + i] === byte)) return bytes.subarray(at);
  }
  return undefined;
}

function readSize(content: Uint8Array, name: string, damaged: () => InputError) {
  if (content.length < 36) throw damaged();
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const word = (i: number) => view.getUint32(2 + 4 * i);
  // The grid, where the image begins on it, the tiles, and where they begin.
  const [right, bottom, x, y, tileWidth, tileHeight, tileX, tileY] = Array.from(
    { length: 8 },
    (_, i) => word(i),
  );
  const components = view.getUint16(34);
  if (right <= x || bottom <= y || tileX > x || tileY > y || tileWidth < 1 || tileHeight < 1) {
    throw damaged();
  }
  const width = right - x, height = bottom - y;
  checkSize(width, height, name);
  if (components < 1 || components > 4 || content.length !== 36 + 3 * components) throw damaged();
  const parts = Array.from(
    { length: components },
    (_, i) => content.subarray(36 + 3 * i, 39 + 3 * i),
  );
  if (parts.some(([, across, down]) => across !== 1 || down !== 1)) {
    throw new InputError(
      `${name} holds JPEG 2000 data with colours at a lower resolution, which Sonoseg does not ` +
        `read; unpack it with the program that wrote it.`,
    );
  }
  const bits = Math.max(...parts.map(([size]) => (size & 127) + 1));
  if (bits > 16) throw damaged();
  const tiles = Math.ceil((right - tileX) / tileWidth) * Math.ceil((bottom - tileY) / tileHeight);
  if (tiles > FREE_TILES + width * height / LEAST_TILE) throw takesMuch(name);
  return { width, height, components, bits };
}

/** Checks what unpacking takes; returns whether colours are mixed. */
function readCoding(
  content: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  name: string,
): boolean {
  const [style, , layersHigh, layersLow, mixing, levels, ...rest] = content;
  const layers = layersHigh << 8 | layersLow;
  // Behind levels: two exponents of code blocks, their style, the wavelet, then the precincts.
  const precincts = (style & 1) === 1 ? rest.slice(4) : [];
  // The lowest resolutions are small whatever their precincts are.
  const isSmall = precincts.some((exponents, level) => {
    const scale = 2 ** Math.max(0, levels - level);
    const side = 2 ** Math.min(exponents & 15, exponents >> 4);
    return side < 2 ** LEAST_PRECINCT && width * height / scale ** 2 > 64 * side ** 2;
  });
  if (levels > MOST_LEVELS || layers > MOST_LAYERS || isSmall) throw takesMuch(name);
  return mixing === 1;
}

function takesMuch(name: string): InputError {
  return new InputError(
    `${name} holds JPEG 2000 data in far more parts than an image needs, so that unpacking would ` +
      `take much memory; save it as an ordinary JPEG 2000.`,
  );
}
