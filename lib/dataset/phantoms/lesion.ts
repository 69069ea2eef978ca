/**
 * Synthetic lesions: outline, echoes, and the shadow or enhancement behind them.
 *
 * An outline is a star-shaped curve `r(angle)` around a centre. Benign: a smooth ellipse wider than
 * tall, a sharp margin with a thin capsule, brighter tissue behind (little attenuation inside).
 * Malignant: an irregular, spiculated outline taller than wide, uneven inside, a bright halo and a
 * shadow behind (Stavros et al., "Solid breast nodules", Radiology 1995).
 *
 * @module
 */
import type { RandomStream } from "../../core/random.ts";
import { ridge, smoothField, smoothStep } from "./smooth_field.ts";
import type { Medium } from "./speckle.ts";
import { between } from "./tissue.ts";

/** The position and the appearance of a lesion. */
export interface Lesion {
  readonly kind: "benign" | "malignant";
  /** In pixels. */
  readonly centre: readonly [x: number, y: number];
  /**
   * The distance from the centre to the margin at {@linkcode ANGLES} equally spaced angles, in
   * pixels.
   */
  readonly outline: Float32Array;
}

/** The bounds of a lesion, as fractions of the image. */
export interface Room {
  readonly left: number;
  readonly right: number;
  readonly smallest: number;
  readonly largest: number;
}

/** The number of samples of an outline. */
const ANGLES = 720;

/** Lesions lie entirely between these depths, as fractions of the height. */
const TOP = 0.1;
const BOTTOM = 0.84;

/** Draws a random lesion that lies inside its room and has an area within the room's bounds. */
export function drawLesion(
  random: RandomStream,
  kind: Lesion["kind"],
  width: number,
  height: number,
  room: Room,
): Lesion {
  const shape = kind === "benign" ? benignShape(random) : malignantShape(random);
  const fraction = room.smallest * (room.largest / room.smallest) ** random.uniform();
  // The area of a star-shaped curve is half the integral of r squared.
  const unitArea = (Math.PI / ANGLES) * shape.reduce((sum, r) => sum + r * r, 0);
  let scale = Math.sqrt((fraction * width * height) / unitArea);
  const extent = extentOf(shape);
  const roomWidth = (room.right - room.left) * width;
  const roomHeight = (BOTTOM - TOP) * height;
  scale = Math.min(scale, roomWidth / (extent.right - extent.left));
  scale = Math.min(scale, roomHeight / (extent.bottom - extent.top));
  const place = (low: number, high: number, before: number, after: number) =>
    between(random, low - before * scale, high - after * scale);
  const lowest = Math.min(
    BOTTOM,
    Math.max(0.66, TOP + ((extent.bottom - extent.top) * scale) / height),
  );
  return {
    kind,
    centre: [
      place(room.left * width, room.right * width, extent.left, extent.right),
      place(Math.min(0.16, TOP + 0.06) * height, lowest * height, extent.top, extent.bottom),
    ],
    outline: shape.map((r) => r * scale),
  };
}

/** The mask of a lesion, 0 or 255: pixels whose centre lies inside the outline. */
export function lesionMask(lesion: Lesion, width: number, height: number): Uint8Array {
  const mask = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (depthInside(lesion, x, y) > 0) mask[y * width + x] = 255;
    }
  }
  return mask;
}

/** Adds a lesion to the medium: its echoes, its margin, and the gain behind it. */
export function layLesion(random: RandomStream, lesion: Lesion, medium: Medium): void {
  const { width, height, echogenicity, reflection, gain } = medium;
  const benign = lesion.kind === "benign";
  const level = benign ? between(random, -39, -27) : between(random, -34, -28);
  const unevenness = benign ? 0.8 : 2.2;
  const margin = benign ? 0.9 : 2.4;
  const rim = benign ? between(random, 0.08, 0.2) : 0;
  const halo = benign ? 0 : between(random, 3, 7);
  const haloWidth = between(random, 0.02, 0.035) * width;
  const inside = smoothField(random, width, height, 0.05 * width, 0.04 * height);
  const [centreX, centreY] = lesion.centre;

  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const depth = depthInside(lesion, x, y);
      if (depth < -4 * haloWidth) continue;
      const share = smoothStep(-margin, margin, depth);
      const around = depth < 0 ? ridge(depth, haloWidth) : 1;
      const own = level + unevenness * inside[i];
      echogenicity[i] += share * (own - echogenicity[i]) + (1 - share) * halo * around;
      // A capsule reflects most where it faces the beam.
      const facing = ((y - centreY) / Math.hypot(x - centreX + 0.1, y - centreY + 0.1)) ** 2;
      reflection[i] = (1 - share) * reflection[i] + rim * facing ** 2 * ridge(depth + 1, 1);
    }
  }

  const behind = benign ? between(random, 4, 8) : -between(random, 9, 17);
  const fading = benign ? between(random, 0.25, 0.5) : between(random, 0.6, 1.2);
  shadeBehind(lesion, medium, gain, behind, fading * height, benign ? between(random, 0, 6) : 0);
}

/**
 * Changes the gain below the lesion by `decibels`, fading over `reach` pixels; `edges` dims the
 * rims.
 */
function shadeBehind(
  lesion: Lesion,
  { width, height }: Medium,
  gain: Float32Array,
  decibels: number,
  reach: number,
  edges: number,
): void {
  const { left, right } = extentOf(lesion.outline);
  const [centreX, centreY] = lesion.centre;
  const half = (right - left) / 2;
  const middle = centreX + (left + right) / 2;
  for (let x = 0; x < width; x++) {
    const across = Math.abs(x - middle) / half;
    const share = 1 - smoothStep(0.6, 1.1, across);
    const edge = edges * ridge(across - 1, 0.09);
    if (share === 0 && edge < 0.05) continue;
    let last = Math.round(centreY);
    for (let y = height - 1; y > centreY; y--) {
      if (depthInside(lesion, x, y) > 0) {
        last = y;
        break;
      }
    }
    // The lesion attenuates the beam gradually, along the way through it.
    const way = last - centreY + 1;
    if (decibels < 0) {
      for (let y = Math.ceil(centreY); y < last; y++) {
        gain[y * width + x] += share * decibels * ((y - centreY) / way);
      }
    }
    for (let y = last; y < height; y++) {
      const fade = Math.exp(-(y - last) / reach);
      gain[y * width + x] += (share * decibels - edge) * fade;
    }
  }
}

/**
 * The depth of a pixel inside the outline along the ray from the centre, in px; negative outside.
 */
function depthInside(lesion: Lesion, x: number, y: number): number {
  const dx = x + 0.5 - lesion.centre[0];
  const dy = y + 0.5 - lesion.centre[1];
  const turn = Math.atan2(dy, dx) / (2 * Math.PI) + 1;
  const position = turn * ANGLES;
  const first = Math.floor(position);
  const share = position - first;
  const radius = (1 - share) * lesion.outline[first % ANGLES] +
    share * lesion.outline[(first + 1) % ANGLES];
  return radius - Math.hypot(dx, dy);
}

/** The box around an outline, relative to its centre. */
function extentOf(outline: Float32Array) {
  let left = 0, right = 0, top = 0, bottom = 0;
  for (let k = 0; k < ANGLES; k++) {
    const angle = (2 * Math.PI * k) / ANGLES;
    const x = outline[k] * Math.cos(angle);
    const y = outline[k] * Math.sin(angle);
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { left, right, top, bottom };
}

function benignShape(random: RandomStream): Float32Array {
  const aspect = between(random, 1.25, 1.9);
  const tilt = between(random, -0.3, 0.3);
  const wobble = harmonics(random, 2, 4, 0.02);
  return outlineOf((angle) => ellipse(angle - tilt, aspect, 1) * (1 + wobble(angle)));
}

function malignantShape(random: RandomStream): Float32Array {
  const aspect = between(random, 1.1, 1.45);
  const tilt = between(random, -0.25, 0.25);
  const lobes = harmonics(random, 2, 6, 0.055);
  const jags = harmonics(random, 9, 18, 0.008);
  const count = Math.floor(between(random, 4, 10));
  const spikes = Array.from({ length: count }, () => ({
    angle: between(random, 0, 2 * Math.PI),
    width: between(random, 0.08, 0.17),
    height: between(random, 0.08, 0.3),
  }));
  return outlineOf((angle) => {
    let factor = Math.max(0.6, 1 + lobes(angle) + jags(angle));
    for (const spike of spikes) {
      const distance = Math.atan2(Math.sin(angle - spike.angle), Math.cos(angle - spike.angle));
      factor += spike.height * ridge(distance, spike.width);
    }
    return ellipse(angle - tilt, 1, aspect) * factor;
  });
}

function outlineOf(radius: (angle: number) => number): Float32Array {
  return Float32Array.from({ length: ANGLES }, (_, k) => radius((2 * Math.PI * k) / ANGLES));
}

/** The radius of an ellipse at an angle. */
function ellipse(angle: number, halfWidth: number, halfHeight: number): number {
  return (halfWidth * halfHeight) /
    Math.hypot(halfHeight * Math.cos(angle), halfWidth * Math.sin(angle));
}

/** A random periodic function of the angle: harmonics `low` to `high` with the given amplitude. */
function harmonics(random: RandomStream, low: number, high: number, amplitude: number) {
  const waves = Array.from({ length: high - low + 1 }, (_, k) => ({
    order: low + k,
    height: amplitude * random.normal(),
    phase: between(random, 0, 2 * Math.PI),
  }));
  return (angle: number) =>
    waves.reduce((sum, wave) => sum + wave.height * Math.cos(wave.order * angle + wave.phase), 0);
}
