/**
 * Checks whether a decoded mask is a binary mask, or can be converted to one.
 *
 * | levels | verdict |
 * |---|---|
 * | all 0, all 255 | empty (no lesion), full |
 * | 0 and 255 | taken as it is; inverted masks are not changed |
 * | any two others, such as 0 and 1 | scaled to 0 and 255, and said so |
 * | one colour on black | the colour is white, and said so; with soft edges too |
 * | one other | refused: it could be empty or full |
 * | three or more | soft edges (soft_edges.ts), or refused as a label map |
 * | several colours | refused as a colour map |
 * | labels that are one level in 8 bits | refused as a label map |
 *
 * Two settings replace these rules. With a threshold, pixels of at least this level are lesion.
 * With a class, the pixels of one label of a label map are lesion, and all others are not.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { mapped } from "../core/mapped.ts";
import { checkFields } from "../core/fields.ts";
import { sentence, setting } from "../core/sentence.ts";
import { bitsInUse, largestOf, upperOf } from "../image/depth.ts";
import type { DecodedImage, GreyImage } from "../image/image.ts";
import {
  countLabels,
  describeLabels,
  hasClasses,
  labelName,
  type Labels,
  labelsBeyondGrey,
  labelsOf,
  losesLabels,
  numberOfLabels,
} from "./mask_labels.ts";
import { greyOfMask, type MaskGrey } from "./mask_levels.ts";
import { colourMap, labelMap, oneLevel, onOneSide, refuseHiddenShape } from "./mask_refusals.ts";
import { SELECTION_FIELDS, type SelectionConfig } from "./selection_fields.ts";
import { countLevels, levelsIn, softPixelsOf, whyNotSoft } from "./soft_edges.ts";

/** A mask that can be trained on. */
export interface JudgedMask {
  /** The mask at its original size: 0 outside, 255 inside, soft edges in between. */
  readonly mask: GreyImage;
  /** Pixels that are neither the mask's black nor its white; 0 for a sharp mask. */
  readonly softPixels: number;
  /**
   * The two levels or colours that were taken as 0 and 255, in words: "grey levels 0 and 1". Absent
   * when they were 0 and 255.
   */
  readonly takenFrom?: string;
  /** Whether any pixel is above half: the image shows a lesion. */
  readonly lesion: boolean;
  /** Whether every pixel is 255. */
  readonly full: boolean;
}

/** The settings that say which pixels of a mask are lesion. */
export type MaskRules = Pick<SelectionConfig, "maskThreshold" | "maskClass">;

/** Settings for masks as they are given; those that are absent are not set. */
export type GivenMaskRules = {
  readonly [Name in keyof MaskRules]?: MaskRules[Name] | undefined;
};

/** Completes and checks rules. Throws {@linkcode InputError} for values that are not accepted. */
export function maskRules({ maskThreshold = null, maskClass = null }: GivenMaskRules): MaskRules {
  const rules = { maskThreshold, maskClass };
  checkMaskRules(rules);
  return rules;
}

/** Throws {@linkcode InputError} for a value that is not accepted, and when both are set. */
export function checkMaskRules(rules: MaskRules): void {
  const { maskThreshold, maskClass } = SELECTION_FIELDS;
  checkFields({ maskThreshold, maskClass }, rules);
  if (rules.maskThreshold === null || rules.maskClass === null) return;
  throw new InputError(
    sentence`${setting("maskThreshold")} and ${setting("maskClass")} both say which pixels of a mask
      are lesion; give one`,
  );
}

/** The usual rules: each mask is black and white. */
const BLACK_AND_WHITE: MaskRules = { maskThreshold: null, maskClass: null };

/** Judges the masks of a set by the same rules. */
export class MaskJudge {
  /** The names of the wanted labels; `null` without a class. */
  readonly #classes: ReadonlySet<string> | null;
  /** The labels of all masks so far, by their kind, with their numbers of pixels. */
  readonly #seen = new Map<Labels["kind"], Map<number, number>>();
  #foundClass = false;

  constructor(readonly rules: MaskRules = BLACK_AND_WHITE) {
    const { maskClass } = rules;
    this.#classes = maskClass === null ? null : new Set(classesIn(maskClass));
  }

  /**
   * Judges one mask.
   *
   * @param file The mask as stored in its file; alpha is ignored.
   * @param name How to call the file in an error.
   * @throws InputError for a colour map, a label map, and an ambiguous mask.
   */
  judge(file: DecodedImage, name: string): JudgedMask {
    const decoded = withColoursOfBytes(file);
    if (this.#classes !== null) return this.#judgeClass(decoded, name, this.#classes);
    const found = greyOfMask(decoded);
    if (found === undefined) throw new InputError(colourMap(decoded, name));
    refuseHiddenShape(decoded, found.grey, name);
    const { maskThreshold } = this.rules;
    const judged = found.colour === undefined
      ? judgeLabels(decoded, found.grey, maskThreshold, name)
      : undefined;
    if (judged !== undefined) return judged;
    if (maskThreshold !== null) return judgeByThreshold(found.grey, maskThreshold, name);
    return judgeGrey(decoded, found, name);
  }

  /** Throws {@linkcode InputError} when a class is wanted that none of the masks has. */
  checkClass(): void {
    const levels = [...this.#seen].map(([kind, counts]) => describeLabels(counts, kind));
    const isBlank = [...this.#seen.values()].every((counts) =>
      [...counts.keys()].every((id) => !id)
    );
    if (this.#classes === null || this.#foundClass || isBlank) return;
    const wanted = [...this.#classes].join(",");
    throw new InputError(
      sentence`${setting("maskClass", wanted)} is in none of the masks; they have
        ${levels.join("; ")}`,
    );
  }

  #judgeClass(decoded: DecodedImage, name: string, classes: ReadonlySet<string>): JudgedMask {
    const labels = labelsOf(decoded);
    const { ids, kind } = labels;
    const counts = countLabels(labels);
    if (!hasClasses(decoded, counts)) {
      throw new InputError(
        sentence`${name} is no label map: it has ${
          numberOfLabels(counts)
        } levels or colours, as JPEG and resizing make
          them, so ${setting("maskClass")} cannot be told from others; take the original label map`,
      );
    }
    const seen = this.#seen.get(kind) ?? new Map<number, number>();
    this.#seen.set(kind, seen);
    for (const [id, count] of counts) seen.set(id, (seen.get(id) ?? 0) + count);
    const wanted = new Set([...counts.keys()].filter((id) => classes.has(labelName(id, kind))));
    if (wanted.size > 0) this.#foundClass = true;
    const { width, height } = decoded;
    return binary({
      width,
      height,
      pixels: mapped(new Uint8Array(ids.length), ids, (id) => wanted.has(id) ? 255 : 0),
    });
  }
}

/** The classes that a setting names: one, or several between commas. */
export function classesIn(maskClass: string): string[] {
  return maskClass.split(",").map((name) => name.trim().toLowerCase());
}

/** The verdict on a mask that is 0 and 255 alone. */
export function binary(mask: GreyImage): JudgedMask {
  const lesion = mask.pixels.includes(255);
  return { mask, softPixels: 0, lesion, full: lesion && !mask.pixels.includes(0) };
}

/** 16-bit colours as bytes, by the bits that they use. */
function withColoursOfBytes({ wide, ...decoded }: DecodedImage): DecodedImage {
  if (wide === undefined) return decoded;
  if (decoded.channels < 3) return { ...decoded, wide };
  const bits = bitsInUse({ ...decoded, wide })!;
  return { ...decoded, pixels: upperOf(wide, bits) };
}

/**
 * Judges a mask whose labels say more than its grey levels, such as the 16-bit levels 256 and 257:
 * it has at most two of them, or more of which some would be lost. `undefined` for others.
 */
function judgeLabels(
  decoded: DecodedImage,
  grey: GreyImage,
  maskThreshold: number | null,
  name: string,
): JudgedMask | undefined {
  const labels = labelsBeyondGrey(decoded);
  if (labels === undefined) return undefined;
  const counts = countLabels(labels);
  if (!hasClasses(decoded, counts)) return undefined;
  if (counts.size > 2) {
    if (!losesLabels(labels, counts, grey)) return undefined;
    throw new InputError(labelMap(decoded, grey, name, "some of them are one level in 8 bits"));
  }
  const [low, high = low] = counts.keys();
  const isOneGrey = levelsIn(countLevels(grey.pixels)).length === 1;
  if (maskThreshold !== null) {
    if (low === high || !isOneGrey) return undefined;
    const names = [low, high].map((id) => labelName(id, labels.kind));
    throw new InputError(onOneSide(`${labels.kind}s`, names, maskThreshold, name));
  }
  const most = labels.kind === "grey level" ? largestOf(bitsInUse(decoded)!) : undefined;
  if (low === high) {
    if (low === 0 || low === most) return undefined;
    throw new InputError(oneLevel(labels.kind, labelName(low, labels.kind), name));
  }
  if (labels.kind === "colour") {
    if (!isOneGrey) return undefined;
    // Which of two colours that are equally bright is the lesion, nobody can know.
    if (low !== 0) throw new InputError(colourMap(decoded, name));
  }
  const pixels = mapped(
    new Uint8Array(labels.ids.length),
    labels.ids,
    (id) => id === high ? 255 : 0,
  );
  const isBlackAndWhite = low === 0 && high === most;
  const takenFrom = labels.kind === "colour"
    ? `black and ${labelName(high, labels.kind)}`
    : `grey levels ${low} and ${high}`;
  return { ...binary({ ...grey, pixels }), ...(!isBlackAndWhite && { takenFrom }) };
}

function judgeGrey(decoded: DecodedImage, found: MaskGrey, name: string): JudgedMask {
  const { grey, colour, smeared } = found;
  const counts = countLevels(grey.pixels);
  const levels = levelsIn(counts);
  const takenFrom = colour && { takenFrom: `black and rgb(${colour.join(", ")})` };
  if (levels.length === 1) {
    return { ...judgeOneLevel(grey, levels[0], name), ...takenFrom };
  }
  if (levels.length === 2) return { ...judgeTwoLevels(grey, levels[0], levels[1]), ...takenFrom };
  const problem = whyNotSoft(grey, counts, !smeared);
  if (problem !== undefined) throw new InputError(labelMap(decoded, grey, name, problem));
  return {
    mask: grey,
    softPixels: softPixelsOf(counts),
    ...takenFrom,
    lesion: grey.pixels.some((value) => value > 127),
    full: false,
  };
}

function judgeOneLevel(grey: GreyImage, level: number, name: string): JudgedMask {
  if (level !== 0 && level !== 255) {
    throw new InputError(oneLevel("grey level", String(level), name));
  }
  return binary(grey);
}

function judgeTwoLevels(grey: GreyImage, low: number, high: number): JudgedMask {
  if (low === 0 && high === 255) return binary(grey);
  const pixels = grey.pixels.map((value) => value === high ? 255 : 0);
  return { ...binary({ ...grey, pixels }), takenFrom: `grey levels ${low} and ${high}` };
}

function judgeByThreshold(grey: GreyImage, threshold: number, name: string): JudgedMask {
  const levels = levelsIn(countLevels(grey.pixels));
  // A sharp mask of other levels is no blurred one, and would become empty or full.
  if (levels.length === 2 && (levels[1] < threshold || levels[0] >= threshold)) {
    throw new InputError(onOneSide("grey levels", levels.map(String), threshold, name));
  }
  return binary({ ...grey, pixels: grey.pixels.map((value) => value >= threshold ? 255 : 0) });
}
