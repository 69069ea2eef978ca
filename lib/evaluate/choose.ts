/**
 * Chooses by the validation images how to predict with a model: the threshold and the smallest
 * lesion for each kind of test-time augmentation, and the best kind.
 *
 * What is best is the mean Dice over the images with a lesion; among equals, what has fewer false
 * alarms on the others, then what is nearer to the defaults.
 *
 * @module
 */
import { mean } from "../core/statistics.ts";
import { connectedComponents } from "../image/components.ts";
import { diceOf } from "../image/overlap.ts";
import { type Choice, type ModeChoice, TTA_MODES, type TtaMode } from "../model/choice.ts";
import type { Size } from "../model/input_scaling.ts";
import { leastPixels } from "../predict/predict_image.ts";
import { limitsBelow, limitsOf, type PixelTally, tallyPixels } from "./pixel_tally.ts";
import { sweepThresholds } from "./threshold_sweep.ts";

/** The least areas to choose from, as shares of the image. */
const LEAST_AREAS: readonly number[] = [0, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02];

/** The logits of an image `[height, width]` for each kind of test-time augmentation. */
export type ModeLogits = Readonly<Record<TtaMode, Float32Array>>;

/** An image that was answered with one kind of augmentation. */
interface Answered extends Size {
  readonly tally: PixelTally;
  /** For each pixel the number of thresholds below it, and {@linkcode TRUE} inside a lesion. */
  readonly pixels: Uint8Array;
}

/** Above all numbers of thresholds. */
const TRUE = 128;

/** Collects answers, and chooses. It keeps a byte for each pixel and kind of augmentation. */
export class Chooser {
  readonly #answered: Readonly<Record<TtaMode, Answered[]>> = { none: [], flip: [], flips: [] };

  /** Adds an image; `truth` `[height, width]` is not 0 inside a lesion. */
  add(size: Size, truth: Uint8Array, logits: ModeLogits): void {
    const { width, height } = size;
    for (const mode of TTA_MODES) {
      const tally = tallyPixels(logits[mode], truth);
      this.#answered[mode].push({ width, height, tally, pixels: packed(logits[mode], truth) });
    }
  }

  /** The choice; `undefined` without an image that has a lesion. */
  choose(): Choice | undefined {
    const answered = this.#answered;
    if (!answered.none.some(({ tally }) => tally.truth > 0)) return undefined;
    const modes = {
      none: chooseFor(answered.none),
      flip: chooseFor(answered.flip),
      flips: chooseFor(answered.flips),
    };
    const tta = TTA_MODES.reduce((best, mode) => modes[mode].dice > modes[best].dice ? mode : best);
    return { images: answered.none.length, tta, modes };
  }
}

function packed(logits: Float32Array, truth: Uint8Array): Uint8Array {
  const limits = limitsOf();
  const pixels = new Uint8Array(logits.length);
  for (let i = 0; i < logits.length; i++) {
    const passed = limitsBelow(logits[i], limits);
    pixels[i] = truth[i] === 0 ? passed : passed + TRUE;
  }
  return pixels;
}

function chooseFor(images: readonly Answered[]): ModeChoice {
  const rows = sweepThresholds(images).map((row, index) => ({ ...row, index }));
  const { threshold, index } =
    rows.toSorted((a, b) =>
      b.dice! - a.dice! || a.false_alarms - b.false_alarms ||
      Math.abs(a.threshold - 0.5) - Math.abs(b.threshold - 0.5)
    )[0];
  const parts = images.map((image) => partsOf(image, index));
  const [best] = LEAST_AREAS.map((share) => figuresWith(share, parts))
    .toSorted((a, b) => b.dice - a.dice || a.falseAlarms - b.falseAlarms || a.share - b.share);
  return { threshold, min_area: best.share, dice: best.dice };
}

/** The predicted lesions of an image: each has an area, and an area inside the true ones, in px. */
interface Parts {
  readonly pixels: number;
  readonly truth: number;
  readonly lesions: readonly { readonly area: number; readonly inside: number }[];
}

function partsOf({ width, height, tally, pixels }: Answered, threshold: number): Parts {
  const mask = pixels.map((value) => (value & (TRUE - 1)) > threshold ? 255 : 0);
  const { labels, areas } = connectedComponents({ width, height, pixels: mask });
  const inside = new Float64Array(areas.length + 1);
  for (let i = 0; i < labels.length; i++) if (pixels[i] >= TRUE) inside[labels[i]]++;
  const lesions = Array.from(areas, (area, k) => ({ area, inside: inside[k + 1] }));
  return { pixels: pixels.length, truth: tally.truth, lesions };
}

/** The figures when lesions below a share of their image are left out. */
function figuresWith(
  share: number,
  images: readonly Parts[],
): { share: number; dice: number; falseAlarms: number } {
  const dices: number[] = [];
  let falseAlarms = 0;
  for (const { pixels, truth, lesions } of images) {
    const kept = lesions.filter(({ area }) => area >= leastPixels(share, pixels));
    const sum = (of: "area" | "inside") => kept.reduce((total, lesion) => total + lesion[of], 0);
    const counts = { truth, predicted: sum("area"), intersection: sum("inside") };
    if (truth > 0) dices.push(diceOf(counts));
    else if (kept.length > 0) falseAlarms++;
  }
  return { share, dice: mean(dices)!, falseAlarms };
}
