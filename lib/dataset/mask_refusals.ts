/**
 * What is said of masks that are refused.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { type Sentence, sentence, setting } from "../core/sentence.ts";
import type { DecodedImage, GreyImage } from "../image/image.ts";
import {
  countLabels,
  describeLabels,
  exampleOf,
  hasClasses,
  type Labels,
  labelsOf,
} from "./mask_labels.ts";
import { countLevels, FEW_LEVELS, levelsIn } from "./soft_edges.ts";

const EXPECTED = "expected a grey mask, 0 outside the lesion and 255 inside";

/**
 * Refuses a mask whose shape is not in its colours: one colour everywhere with several palette
 * indices or transparencies, or white that is invisible. Such a shape may be the lesion or what is
 * around it.
 */
export function refuseHiddenShape(
  { channels, pixels, indices }: DecodedImage,
  grey: GreyImage,
  name: string,
): void {
  if (indices?.some((index) => index !== indices[0]) && isOneColour(pixels, channels)) {
    throw new InputError(
      sentence`${name} has one colour everywhere and keeps its shape in the indices of its palette;
        ${EXPECTED}; choose one of the indices with ${setting("maskClass", 1)}`,
    );
  }
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

function isOneColour(pixels: Uint8Array, channels: number): boolean {
  for (let i = channels; i < pixels.length; i++) {
    if (pixels[i] !== pixels[i - channels]) return false;
  }
  return true;
}

/** Refuses a mask of one level or colour, which could be empty or full. */
export function oneLevel(kind: Labels["kind"], level: string, name: string): string {
  return `${name} has the ${kind} ${level} everywhere, which is neither empty (0) nor full (255); ` +
    EXPECTED;
}

/** Refuses a sharp mask that a threshold would make empty or full. */
export function onOneSide(
  kinds: string,
  levels: readonly string[],
  threshold: number,
  name: string,
): Sentence {
  return sentence`${name} has the ${kinds} ${levels.join(" and ")} alone, both on one side of
    ${setting("maskThreshold", threshold)}; leave it out for such masks, or give a level between
    them`;
}

/** Refuses a mask of several colours. */
export function colourMap(decoded: DecodedImage, name: string): Sentence {
  const labels = labelsOf(decoded);
  const counts = countLabels(labels);
  const wayOut = hasClasses(decoded, counts)
    ? sentence`if one of them is the lesion, choose it with
        ${setting("maskClass", exampleOf(labels, counts))}`
    : "take the original mask, as it was before JPEG or resizing";
  return sentence`${name} looks like a colour map (it has coloured pixels:
    ${describeLabels(counts, labels.kind)}); ${EXPECTED}, or one colour on black; ${wayOut}`;
}

/** Refuses a mask of several levels that are no soft edges. */
export function labelMap(
  decoded: DecodedImage,
  grey: GreyImage,
  name: string,
  problem: string,
): Sentence {
  const labels = labelsOf(decoded);
  const counts = countLabels(labels);
  const isBlurred = counts.size > FEW_LEVELS || !hasClasses(decoded, counts);
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
