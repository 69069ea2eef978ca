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
 *
 * Two settings replace these rules. With a threshold, pixels of at least this level are lesion.
 * With a class, the pixels of one label of a label map are lesion, and all others are not.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { mapped } from "../core/mapped.ts";
import { checkFields } from "../core/fields.ts";
import { type Sentence, sentence, setting } from "../core/sentence.ts";
import type { DecodedImage, GreyImage } from "../image/image.ts";
import {
  type Colour,
  countLabels,
  describeLabels,
  greyOfMask,
  labelName,
  type Labels,
  labelsOf,
} from "./mask_levels.ts";
import { SELECTION_FIELDS, type SelectionConfig } from "./selection_fields.ts";
import { countLevels, FEW_LEVELS, levelsIn, softPixelsOf, whyNotSoft } from "./soft_edges.ts";

const EXPECTED = "expected a grey mask, 0 outside the lesion and 255 inside";

/** A mask with more labels is no label map. */
const MOST_LABELS = 256;

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
   * @param decoded The mask as stored in its file; alpha is ignored.
   * @param name How to call the file in an error.
   * @throws InputError for a colour map, a label map, and an ambiguous mask.
   */
  judge(decoded: DecodedImage, name: string): JudgedMask {
    if (this.#classes !== null) return this.#judgeClass(decoded, name, this.#classes);
    const found = greyOfMask(decoded);
    if (found === undefined) throw new InputError(colourMap(decoded, name));
    refuseTransparentShape(decoded, found.grey, name);
    const { maskThreshold } = this.rules;
    if (maskThreshold !== null) return judgeByThreshold(found.grey, maskThreshold, name);
    return judgeGrey(decoded, found.grey, found.colour, name);
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
    if (decoded.format === "jpeg" || counts.size > MOST_LABELS) {
      throw new InputError(
        sentence`${name} is no label map: it has ${counts.size} levels or colours, as JPEG and resizing make
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

function judgeGrey(
  decoded: DecodedImage,
  grey: GreyImage,
  colour: Colour | undefined,
  name: string,
): JudgedMask {
  const counts = countLevels(grey.pixels);
  const levels = levelsIn(counts);
  const takenFrom = colour && { takenFrom: `black and rgb(${colour.join(", ")})` };
  if (levels.length === 1) {
    return { ...judgeOneLevel(grey, levels[0], name), ...takenFrom };
  }
  if (levels.length === 2) return { ...judgeTwoLevels(grey, levels[0], levels[1]), ...takenFrom };
  const problem = whyNotSoft(grey, counts);
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
    throw new InputError(
      `${name} has the grey level ${level} everywhere, which is neither empty (0) nor full (255); ${EXPECTED}`,
    );
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
    throw new InputError(
      sentence`${name} has the grey levels ${levels.join(" and ")} alone, both on one side of
        ${setting("maskThreshold", threshold)}; leave it out for such masks, or give a level between
        them`,
    );
  }
  return binary({ ...grey, pixels: grey.pixels.map((value) => value >= threshold ? 255 : 0) });
}

/**
 * Refuses a mask whose shape is in its transparency: one colour everywhere, or white that is
 * invisible. Such a shape may be the lesion or what is around it.
 */
function refuseTransparentShape(
  { channels, pixels }: DecodedImage,
  grey: GreyImage,
  name: string,
): void {
  if (channels !== 2 && channels !== 4) return;
  const [first] = grey.pixels;
  let isOneLevel = true, varies = false, whiteIsHidden = false, blackIsShown = false;
  for (let i = 0, at = channels - 1; i < grey.pixels.length; i++, at += channels) {
    isOneLevel &&= grey.pixels[i] === first;
    varies ||= pixels[at] !== pixels[channels - 1];
    if (grey.pixels[i] > 127) whiteIsHidden ||= pixels[at] === 0;
    else blackIsShown ||= pixels[at] !== 0;
  }
  if (isOneLevel && varies) {
    throw new InputError(
      `${name} has one colour everywhere and keeps its shape in the transparency; ${EXPECTED}`,
    );
  }
  if (whiteIsHidden && blackIsShown) {
    throw new InputError(
      `${name} is black where it can be seen and white where it is transparent, so it looks ` +
        `inverted; ${EXPECTED}, without transparency`,
    );
  }
}

function colourMap(decoded: DecodedImage, name: string): Sentence {
  const labels = labelsOf(decoded);
  const counts = countLabels(labels);
  return sentence`${name} looks like a colour map (it has coloured pixels:
    ${describeLabels(counts, labels.kind)}); ${EXPECTED}, or one colour on black; if one of them is
    the lesion, choose it with ${setting("maskClass", exampleOf(labels, counts))}`;
}

function labelMap(decoded: DecodedImage, grey: GreyImage, name: string, problem: string): Sentence {
  const labels = labelsOf(decoded);
  const counts = countLabels(labels);
  const isBlurred = counts.size > FEW_LEVELS;
  const looks = isBlurred ? "a blurred mask, a label map or a photograph" : "a label map";
  const wayOut = isBlurred
    ? sentence`if it is a blurred mask, say from which level on a pixel is lesion with
        ${setting("maskThreshold", middleOf(grey))}`
    : sentence`if one of the levels is the lesion, choose it with
        ${setting("maskClass", exampleOf(labels, counts))}`;
  return sentence`${name} looks like ${looks} (${describeLabels(counts, labels.kind)};
    ${problem}); ${EXPECTED}, with soft edges at most; ${wayOut}`;
}

/** The level in the middle between the darkest and the brightest. */
function middleOf({ pixels }: GreyImage): number {
  const levels = levelsIn(countLevels(pixels));
  return Math.ceil((levels[0] + levels[levels.length - 1]) / 2);
}

/** The most frequent label that is not 0, as an example. */
function exampleOf({ kind }: Labels, counts: ReadonlyMap<number, number>): string {
  const [[id]] = [...counts].filter(([id]) => id !== 0).sort((a, b) => b[1] - a[1]);
  return labelName(id, kind);
}
