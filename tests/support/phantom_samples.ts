/** Phantoms as samples in memory, for trainings without files. @module */
import { phantomSet } from "../../lib/dataset/phantoms/phantoms.ts";
import type { Sample, SampleSet } from "../../lib/dataset/samples.ts";
import { resizeGrey } from "../../lib/image/resize.ts";

/** The first `count` phantoms at the size of a network. */
export function phantomSamples(
  count: number,
  { width, height }: Pick<Sample, "width" | "height">,
): SampleSet {
  const samples = [...phantomSet(count, 3)].map(({ name, image, masks }): Sample => ({
    path: `${name}.png`,
    masks: masks.map((mask) => `${mask.name}.png`),
    originalWidth: image.width,
    originalHeight: image.height,
    width,
    height,
    image: resizeGrey(image, width, height).pixels,
    maskLayers: masks.map((mask) => resizeGrey(mask.image, width, height).pixels),
    lesion: masks.some((mask) => mask.image.pixels.includes(255)),
  }));
  return { width, height, samples };
}
