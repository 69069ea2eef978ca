/**
 * Synthetic breast ultrasound with known lesions, named and filed as the BUSI data set is
 * (Al-Dhabyani et al., "Dataset of breast ultrasound images", Data in Brief 2020): for the demo,
 * the tests and first tries without patient data.
 *
 * The same seed gives the same bytes. An image depends only on (seed, kind, index) and its size.
 *
 * @module
 */
import { RandomStream } from "../../core/random.ts";
import type { GreyImage } from "../../image/image.ts";
import { drawLesion, layLesion, type Lesion, lesionMask, type Room } from "./lesion.ts";
import { scan } from "./speckle.ts";
import { between, makeTissue } from "./tissue.ts";

/** The kind of an image, which is also the name of its folder. */
export type PhantomKind = "benign" | "malignant" | "normal";

/** The size of an image in px, and its identity: seed and index. */
export interface PhantomOptions {
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  /** The number of the image within its kind. */
  readonly index: number;
}

/** An image and one mask per lesion; a normal image has one mask, all black. */
export interface Phantom {
  /** Grey bytes `[height, width]`. */
  readonly image: Uint8Array;
  /** Each `[height, width]`, 0 or 255. */
  readonly masks: Uint8Array[];
}

/** A phantom in a data set. File names are `${folder}/${name}.png`. */
export interface NamedPhantom {
  readonly folder: PhantomKind;
  readonly name: string;
  readonly image: GreyImage;
  readonly masks: readonly { readonly name: string; readonly image: GreyImage }[];
}

/** Half benign, a third malignant, a sixth normal. */
const KINDS: readonly PhantomKind[] = [
  "benign",
  "malignant",
  "benign",
  "malignant",
  "benign",
  "normal",
];

/** One of eight images with a lesion shows two lesions. */
const TWO_LESIONS_EVERY = 8;
const TWO_LESIONS_AT = 3;

/** The smallest and the largest side of an image, in px. */
const SMALLEST_SIDE = 200;
const LARGEST_SIDE = 280;

/** Makes one image with its masks. */
export function makePhantom(kind: PhantomKind, options: PhantomOptions): Phantom {
  const { width, height, seed, index } = options;
  const stream = (purpose: string) => new RandomStream(seed, `phantom ${kind} ${purpose}`, index);
  const medium = makeTissue(stream("tissue"), width, height);
  const masks: Uint8Array[] = [];
  if (kind === "normal") {
    masks.push(new Uint8Array(width * height));
  } else {
    const random = stream("lesion");
    for (const room of roomsFor(index)) {
      const lesion: Lesion = drawLesion(random, kind, width, height, room);
      layLesion(random, lesion, medium);
      masks.push(lesionMask(lesion, width, height));
    }
  }
  const random = stream("scan");
  const image = scan(medium, {
    axialWidth: between(random, 0.75, 0.95),
    lateralWidth: [between(random, 1, 1.4), between(random, 2, 2.8)],
    black: between(random, -46, -42),
    dynamicRange: between(random, 55, 60),
    noise: -50,
  }, random);
  return { image, masks };
}

/**
 * Makes `count` images with masks, mixed in kind and size. Masks are named as BUSI's are: `_mask`,
 * and `_mask_1` for a second lesion.
 */
export function* phantomSet(count: number, seed: number): Iterable<NamedPhantom> {
  const made = { benign: 0, malignant: 0, normal: 0 };
  for (let number = 0; number < count; number++) {
    const folder = KINDS[number % KINDS.length];
    const index = ++made[folder];
    const random = new RandomStream(seed, `phantom ${folder} size`, index);
    const width = Math.floor(between(random, SMALLEST_SIDE, LARGEST_SIDE + 1));
    const height = Math.floor(between(random, SMALLEST_SIDE, LARGEST_SIDE + 1));
    const { image, masks } = makePhantom(folder, { width, height, seed, index });
    const name = `${folder} (${index})`;
    yield {
      folder,
      name,
      image: { width, height, pixels: image },
      masks: masks.map((pixels, lesion) => ({
        name: lesion === 0 ? `${name}_mask` : `${name}_mask_${lesion}`,
        image: { width, height, pixels },
      })),
    };
  }
}

function roomsFor(index: number): Room[] {
  if (index % TWO_LESIONS_EVERY === TWO_LESIONS_AT) {
    return [
      { left: 0.06, right: 0.47, smallest: 0.024, largest: 0.05 },
      { left: 0.53, right: 0.94, smallest: 0.024, largest: 0.05 },
    ];
  }
  return [{ left: 0.06, right: 0.94, smallest: 0.03, largest: 0.12 }];
}
