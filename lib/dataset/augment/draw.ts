/**
 * What one image goes through in one epoch. Each ingredient has its own stream of random numbers,
 * keyed by seed, epoch and image: neither the batch, nor the thread, nor the other ingredients
 * change what it draws.
 *
 * @module
 */
import { RandomStream } from "../../core/random.ts";
import { drawBeta } from "./beta.ts";
import type { IngredientName, Policy } from "./ingredients.ts";

/** The key of the draws of one image. */
export interface DrawKey {
  readonly seed: number;
  readonly epoch: number;
  /** The image's place among the training images. */
  readonly index: number;
}

/** An affine map from a pixel of the result to a place in the source, both in px. */
export interface AffineMap {
  readonly xx: number;
  readonly xy: number;
  readonly x0: number;
  readonly yx: number;
  readonly yy: number;
  readonly y0: number;
}

/** Displacements of the nodes of a grid of `cells` by `cells` cells, in px; see warp.ts. */
export interface Elastic {
  readonly cells: number;
  /** Of (cells + 3)^2 nodes, row by row. */
  readonly dx: Float32Array;
  readonly dy: Float32Array;
}

/** A dark wedge below a point. Lengths are shares of the image's sides. */
export interface Shadow {
  readonly x: number;
  readonly y: number;
  /** How far its middle moves to the side from top to bottom. */
  readonly lean: number;
  readonly width: number;
  readonly strength: number;
}

/** A square, in px. */
export interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** Another image of the epoch, itself augmented but not mixed, that is mixed into this one. */
export interface Mix {
  /** Its place among the training images, as a share of their number. */
  readonly partner: number;
  /** The share of this image and of its mask. */
  readonly share: number;
}

/** A box in px, within the image, whose pixels and mask are those of another image. */
export interface BoxMix extends Pick<Mix, "partner"> {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The changes of one image, in their order. What is absent does not happen. */
export interface ImageDraw {
  readonly affine?: AffineMap;
  readonly elastic?: Elastic;
  readonly gamma?: number;
  readonly contrast?: number;
  readonly brightness?: number;
  /** Logarithms of the gain at the top and at the bottom. */
  readonly gain?: readonly [number, number];
  readonly shadow?: Shadow;
  readonly blur?: number;
  readonly speckle?: number;
  readonly noise?: number;
  readonly cutout?: Square;
  readonly mixup?: Mix;
  readonly cutmix?: BoxMix;
}

/** A stream for an ingredient, or `undefined` where this image does not get it. */
function streamFor(
  policy: Policy,
  name: IngredientName,
  { seed, epoch, index }: DrawKey,
): RandomStream | undefined {
  const parameters = policy[name];
  if (parameters === undefined) return undefined;
  const random = new RandomStream(seed, `augment ${name}`, epoch, index);
  return random.uniform() < parameters.p ? random : undefined;
}

/** A change that one ingredient draws alone. */
type OwnChange = Exclude<keyof ImageDraw, "affine">;

/** The parameters of an ingredient. */
type Given<Name extends IngredientName> = NonNullable<Policy[Name]>;

/** How the changes are drawn, for an image of `width` x `height` px. */
const DRAWS: {
  readonly [Name in OwnChange]: (
    random: RandomStream,
    parameters: Given<Name>,
    width: number,
    height: number,
  ) => Required<ImageDraw>[Name];
} = {
  elastic: drawElastic,
  gamma: (random, { range }) => Math.exp(symmetric(random, range)),
  contrast: (random, { range }) => 1 + symmetric(random, range),
  brightness: (random, { range }) => symmetric(random, range),
  gain: (random, { range }) => [symmetric(random, range), symmetric(random, range)],
  shadow: drawShadow,
  blur: (random, { sigma }) => sigma * random.uniform(),
  speckle: (random, { strength }) => strength * random.uniform(),
  noise: (random, { strength }) => strength * random.uniform(),
  cutout: drawSquare,
  mixup: (random, { alpha }) => ({ partner: random.uniform(), share: drawBeta(random, alpha) }),
  cutmix: drawBox,
};

const OWN_CHANGES = Object.keys(DRAWS) as OwnChange[];

/** Draws the changes of one image of `width` x `height` px. */
export function drawImage(
  policy: Policy,
  key: DrawKey,
  width: number,
  height: number,
): ImageDraw {
  const draw = <Name extends OwnChange>(name: Name) => {
    const random = streamFor(policy, name, key);
    return random && { [name]: DRAWS[name](random, policy[name]!, width, height) };
  };
  const affine = drawAffine(policy, key, width, height);
  return Object.assign({}, affine && { affine }, ...OWN_CHANGES.map(draw));
}

/** Uniform from -bound to bound. */
function symmetric(random: RandomStream, bound: number): number {
  return (2 * random.uniform() - 1) * bound;
}

/** Flip and affine change make one map about the image's centre. */
function drawAffine(
  policy: Policy,
  key: DrawKey,
  width: number,
  height: number,
): AffineMap | undefined {
  const flip = streamFor(policy, "flip", key);
  const random = streamFor(policy, "affine", key);
  if (!flip && !random) return undefined;
  const flipped = flip ? -1 : 1;
  let [turn, zoom, aspect, shear, shiftX, shiftY] = [0, 1, 0, 0, 0, 0];
  if (random) {
    const bounds = policy.affine!;
    turn = symmetric(random, bounds.rotation) * Math.PI / 180;
    zoom = Math.exp(symmetric(random, Math.log(bounds.zoom)));
    aspect = symmetric(random, bounds.aspect);
    shear = symmetric(random, bounds.shear);
    shiftX = symmetric(random, bounds.shift) * width;
    shiftY = symmetric(random, bounds.shift) * height;
  }
  const across = Math.exp(aspect / 2) / zoom;
  const down = Math.exp(-aspect / 2) / zoom;
  const xx = Math.cos(turn) * across * flipped;
  const xy = (shear - Math.sin(turn)) * down;
  const yx = Math.sin(turn) * across * flipped;
  const yy = Math.cos(turn) * down;
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  return {
    xx,
    xy,
    x0: middleX - xx * middleX - xy * middleY + shiftX,
    yx,
    yy,
    y0: middleY - yx * middleX - yy * middleY + shiftY,
  };
}

/** The cells along a side of a policy's elastic grid; 0 without one. */
export function elasticCells({ elastic }: Pick<Policy, "elastic">): number {
  return Math.round(elastic?.cells ?? 0);
}

function drawElastic(
  random: RandomStream,
  elastic: Given<"elastic">,
  width: number,
  height: number,
): Elastic {
  const { strength } = elastic;
  const cells = elasticCells({ elastic });
  const nodes = (cells + 3) ** 2;
  const drawn = (side: number) =>
    Float32Array.from({ length: nodes }, () => random.normal() * strength * side);
  return { cells, dx: drawn(width), dy: drawn(height) };
}

function drawShadow(
  random: RandomStream,
  { width, strength }: Given<"shadow">,
): Shadow {
  return {
    x: random.uniform(),
    y: 0.6 * random.uniform(),
    lean: symmetric(random, 0.2),
    width: width * (0.3 + 0.7 * random.uniform()),
    strength: strength * random.uniform(),
  };
}

function drawSquare(
  random: RandomStream,
  { size }: Given<"cutout">,
  width: number,
  height: number,
): Square {
  const side = Math.round(size * random.uniform() * Math.min(width, height));
  return {
    left: Math.round(random.uniform() * width - side / 2),
    top: Math.round(random.uniform() * height - side / 2),
    side,
  };
}

/** A box with the area of one minus a beta share, cut off at the edges (Yun and others, 2019). */
function drawBox(
  random: RandomStream,
  { alpha }: Given<"cutmix">,
  width: number,
  height: number,
): BoxMix {
  const partner = random.uniform();
  const side = Math.sqrt(1 - drawBeta(random, alpha));
  const [left, right] = drawSpan(random, side * width, width);
  const [top, bottom] = drawSpan(random, side * height, height);
  return { partner, left, top, width: right - left, height: bottom - top };
}

function drawSpan(random: RandomStream, length: number, side: number): [number, number] {
  const middle = random.uniform() * side;
  const within = (place: number) => Math.round(Math.min(side, Math.max(0, place)));
  return [within(middle - length / 2), within(middle + length / 2)];
}
