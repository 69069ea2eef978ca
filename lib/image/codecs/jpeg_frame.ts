/**
 * The frame of a JPEG file (ITU-T T.81, annexes A.2, B.2.2 and B.2.3): its components, how many
 * blocks of 8x8 px they have, and what its scans code.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import type { Scan } from "./jpeg_scans.js";
import type { JpegTables } from "./jpeg_tables.ts";

/** One component: grey, or one of several that make colours. */
interface Component {
  readonly id: number;
  /** Samples across and down, relative to the other components. */
  readonly across: number;
  readonly down: number;
  /** The number of the quantisation table. */
  readonly quantisation: number;
  /** The number of blocks that show something. */
  readonly blocks: number;
  /** For each coefficient the bits that no scan has coded yet; all 16 before the first one. */
  readonly missingBits: Uint8Array;
}

/** Adobe's numbers for colours, in its marker APP14. */
const ADOBE = { rgbOrCmyk: 0, yCbCr: 1, ycck: 2 } as const;

const SOF2 = 0xc2;
const BLOCK = 8;
/** The number of coefficients of a block. */
export const COEFFICIENTS = BLOCK * BLOCK;
const ALL_BITS = 16;

/** A scan of the file, with its place still open. */
export interface FrameScan {
  readonly scan: Omit<Scan, "start" | "end" | "restart">;
  /** The content of its segment. */
  readonly header: Uint8Array;
  /** The number of blocks that it codes. */
  readonly blocks: number;
}

/** A frame and what has been coded of it. */
export class Frame {
  readonly marker: number;
  readonly content: Uint8Array;
  readonly progressive: boolean;
  /** The number of blocks of all components. */
  readonly blocks: number;
  readonly #name: string;
  readonly #components: readonly Component[];
  /** The number of units of a scan with several components. */
  readonly #units: number;

  constructor(marker: number, content: Uint8Array, name: string, components: readonly Component[]) {
    this.marker = marker;
    this.content = content;
    this.progressive = marker === SOF2;
    this.#name = name;
    this.#components = components;
    this.blocks = components.reduce((sum, { blocks }) => sum + blocks, 0);
    const { height, width } = sizeIn(content);
    const across = Math.max(...components.map((component) => component.across));
    const down = Math.max(...components.map((component) => component.down));
    this.#units = Math.ceil(width / (BLOCK * across)) * Math.ceil(height / (BLOCK * down));
  }

  /**
   * Adobe's number for the colours of the file, as libjpeg finds them; `undefined` for grey.
   *
   * @param isJfif Whether the file has a marker of JFIF, whose colours are YCbCr.
   * @param adobe The number in Adobe's marker, if it has one.
   * @param isRgb Whether colours without a marker are RGB; by default only if they are named so.
   */
  adobeColours(isJfif: boolean, adobe: number | undefined, isRgb = false): number | undefined {
    if (this.#components.length === 1) return undefined;
    if (this.#components.length === 4) {
      return adobe === undefined || adobe === ADOBE.rgbOrCmyk ? ADOBE.rgbOrCmyk : ADOBE.ycck;
    }
    if (isJfif) return ADOBE.yCbCr;
    if (adobe !== undefined) return adobe === ADOBE.rgbOrCmyk ? ADOBE.rgbOrCmyk : ADOBE.yCbCr;
    const ids = String.fromCharCode(...this.#components.map(({ id }) => id));
    return isRgb || ids === "RGB" ? ADOBE.rgbOrCmyk : ADOBE.yCbCr;
  }

  /**
   * Reads the header of a scan.
   *
   * @throws {InputError} when it is damaged, or needs a table that the file does not hold.
   */
  readScan(content: Uint8Array, tables: JpegTables): FrameScan {
    const count = content[0];
    if (!(count >= 1 && count <= 4) || content.length !== 4 + 2 * count) throw this.#badScan();
    const chosen = Array.from({ length: count }, (_, i) => ({
      component: this.#find(content[1 + 2 * i]),
      dc: content[2 + 2 * i] >> 4,
      ac: content[2 + 2 * i] & 15,
    }));
    if (new Set(chosen.map(({ component }) => component)).size < count) throw this.#badScan();
    // A sequential scan codes all; some files say something else there, which decoders ignore.
    const [first, last, bits] = this.progressive
      ? content.subarray(1 + 2 * count)
      : [0, COEFFICIENTS - 1, 0];
    const [high, low] = [bits >> 4, bits & 15];
    const refines = high > 0;
    if (this.progressive) this.#checkProgression(first, last, high, low, count);
    for (const { component } of chosen) {
      tables.checkQuantisation(component.quantisation);
      component.missingBits.fill(low, first, last + 1);
    }
    const isAlone = count === 1;
    const units = isAlone ? chosen[0].component.blocks : this.#units;
    const needsDc = first === 0 && !refines;
    const parts = chosen.map(({ component, dc, ac }) => ({
      index: this.#components.indexOf(component),
      blocks: isAlone ? 1 : component.across * component.down,
      dc: needsDc ? tables.huffman(0x00, dc) : undefined,
      ac: last > 0 ? tables.huffman(0x10, ac) : undefined,
    }));
    return {
      scan: { units, parts, progressive: this.progressive, first, last, refines },
      header: Uint8Array.of(...content.subarray(0, 1 + 2 * count), first, last, bits),
      blocks: units * parts.reduce((sum, { blocks }) => sum + blocks, 0),
    };
  }

  #find(id: number): Component {
    const component = this.#components.find((component) => component.id === id);
    if (component === undefined) throw this.#badScan();
    return component;
  }

  #checkProgression(first: number, last: number, high: number, low: number, count: number): void {
    const isBand = first === 0 ? last === 0 : count === 1 && first <= last;
    const isStep = high === 0 || high === low + 1;
    if (!isBand || last >= COEFFICIENTS || low > 13 || !isStep) throw this.#badScan();
  }

  #badScan(): InputError {
    return new InputError(`${this.#name} is damaged: the header of a JPEG scan is wrong.`);
  }

  /** What no scan has coded, in words; "" when all is there. */
  unfinished(): string {
    const { length } = this.#components;
    for (const [i, { missingBits }] of this.#components.entries()) {
      const where = length === 1 ? "" : ` for component ${i + 1} of ${length}`;
      if (missingBits[0] === ALL_BITS) return `it has no JPEG data${where}`;
      if (missingBits.some((bits) => bits > 0)) return `its last JPEG scans are missing${where}`;
    }
    return "";
  }
}

/**
 * Reads the components of a frame header whose size is checked.
 *
 * @throws {InputError} when they are damaged.
 */
export function readFrame(marker: number, content: Uint8Array, name: string): Frame {
  const { height, width, count } = sizeIn(content);
  const damaged = () => new InputError(`${name} is damaged: its JPEG frame header is wrong.`);
  if (content.length !== 6 + 3 * count) throw damaged();
  const raw = Array.from({ length: count }, (_, i) => {
    const [id, sampling, quantisation] = content.subarray(6 + 3 * i);
    return { id, across: sampling >> 4, down: sampling & 15, quantisation };
  });
  const isSampling = (samples: number) => samples >= 1 && samples <= 4;
  if (
    new Set(raw.map(({ id }) => id)).size < count ||
    !raw.every(({ across, down }) => isSampling(across) && isSampling(down))
  ) throw damaged();
  const most = {
    across: Math.max(...raw.map(({ across }) => across)),
    down: Math.max(...raw.map(({ down }) => down)),
  };
  const components = raw.map((component): Component => ({
    ...component,
    blocks: blocksAlong(width, component.across, most.across) *
      blocksAlong(height, component.down, most.down),
    missingBits: new Uint8Array(COEFFICIENTS).fill(ALL_BITS),
  }));
  return new Frame(marker, content, name, components);
}

function sizeIn(content: Uint8Array) {
  const [, height, heightLow, width, widthLow, count] = content;
  return { height: height << 8 | heightLow, width: width << 8 | widthLow, count };
}

/** The number of blocks that a component with `samples` for `most` of another has along a side. */
function blocksAlong(px: number, samples: number, most: number): number {
  return Math.ceil(Math.ceil(px * samples / most) / BLOCK);
}
