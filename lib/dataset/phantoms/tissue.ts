/**
 * The breast tissue around the lesions, from the skin down: skin, subcutaneous fat, fibroglandular
 * tissue, pectoral muscle, chest wall.
 *
 * Levels are in dB; 0 is about the brightest diffuse echo. They vary from image to image. Much of
 * the tissue is as dark as a lesion: fat, muscle, lobules, ducts and everything deep. A network
 * therefore cannot find lesions by darkness alone.
 *
 * @module
 */
import type { RandomStream } from "../../core/random.ts";
import { ridge, smoothCurve, smoothField, smoothStep } from "./smooth_field.ts";
import type { Medium } from "./speckle.ts";

/** A uniform random number between two others. */
export function between(random: RandomStream, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}

/** The depths of the interfaces between layers, in px for each column. */
interface Interfaces {
  readonly skin: Float32Array;
  readonly fat: Float32Array;
  readonly gland: Float32Array;
  readonly muscle: Float32Array;
}

/** Healthy tissue of the given size, with its gain. */
export function makeTissue(random: RandomStream, width: number, height: number): Medium {
  const interfaces = makeInterfaces(random, width, height);
  const medium = {
    width,
    height,
    echogenicity: new Float32Array(width * height),
    reflection: new Float32Array(width * height),
    gain: makeGain(random, width, height),
  };
  layTissue(random, medium, interfaces);
  layDucts(random, medium, interfaces);
  return medium;
}

function makeInterfaces(random: RandomStream, width: number, height: number): Interfaces {
  const tilt = between(random, -0.08, 0.08) * height;
  const wave = (depth: number, swing: number, cell: number, slope: number) =>
    smoothCurve(random, width, cell * width).map((value, x) =>
      (depth + swing * value) * height + slope * tilt * (x / width - 0.5)
    );
  const fat = between(random, 0.15, 0.3);
  const gland = between(random, 0.62, 0.74);
  return {
    skin: wave(between(random, 0.035, 0.055), 0.003, 0.5, 0),
    fat: wave(fat, 0.025, 0.16, 0.4),
    gland: wave(gland, 0.02, 0.3, 1),
    muscle: wave(gland + between(random, 0.16, 0.24), 0.015, 0.4, 1.2),
  };
}

function layTissue(random: RandomStream, medium: Medium, interfaces: Interfaces): void {
  const { width, height, echogenicity, reflection } = medium;
  const field = (cellX: number, cellY: number) =>
    smoothField(random, width, height, cellX * width, cellY * height);
  const septa = sheets(field(between(random, 0.2, 0.32), between(random, 0.05, 0.08)), width, 1.1);
  const ligaments = sheets(
    field(between(random, 0.2, 0.3), between(random, 0.045, 0.07)),
    width,
    1.1,
  );
  const strands = sheets(field(between(random, 0.1, 0.2), between(random, 0.02, 0.03)), width, 1.2);
  const fibres = field(0.35, 0.011);
  const texture = field(0.09, 0.022);
  const lobules = field(between(random, 0.14, 0.24), between(random, 0.05, 0.09));
  const patches = field(0.22, 0.16);
  const presence = field(0.12, 0.1);

  const skinLevel = between(random, -9, -5);
  const fatLevel = between(random, -19, -14);
  const glandLevel = between(random, -10, -5);
  const lobuleLevel = between(random, -12, -7);
  const lobuleFrom = between(random, 0.3, 1);
  const muscleLevel = between(random, -20, -15);
  const wallLevel = between(random, -28, -20);
  const brightness = between(random, 0.6, 1.2);

  for (let x = 0; x < width; x++) {
    const skin = interfaces.skin[x];
    const fat = interfaces.fat[x];
    const gland = interfaces.gland[x];
    const muscle = interfaces.muscle[x];
    for (let y = 0; y < height; y++) {
      const i = y * width + x;
      const underSkin = smoothStep(skin - 1, skin + 1, y);
      const underFat = smoothStep(fat - 4, fat + 4, y);
      const underGland = smoothStep(gland - 2, gland + 2, y);
      const underMuscle = smoothStep(muscle - 2, muscle + 2, y);
      // Strands follow the layers, because their texture is sampled at the depth relative to the
      // interface.
      const bend = Math.round((gland - interfaces.gland[0]) * smoothStep(fat, gland, y));
      const j = Math.min(height - 1, Math.max(0, y - bend)) * width + x;

      const here = smoothStep(-1.2, 0.6, presence[i]);
      const septum = here * septa[i];
      const ligament = smoothStep(0.2, 1.2, -presence[i]) * ligaments[j];
      const strand = smoothStep(-0.6, 1, patches[i]) * strands[j];
      const lobule = smoothStep(lobuleFrom, lobuleFrom + 0.25, lobules[j]);
      const fibre = fibres[j];

      let level = skinLevel + texture[i];
      level += underSkin * (fatLevel + 1.2 * texture[i] + 5 * septum - level);
      const glandHere = glandLevel + 2.8 * texture[j] + 5 * strand + lobule * lobuleLevel;
      level += underFat * (glandHere - level);
      level += underGland * (muscleLevel + 3.5 * fibre + texture[j] - level);
      level += underMuscle * (wallLevel + 1.5 * texture[j] - level);
      echogenicity[i] = level + 1.5 * patches[i];

      const inFat = underSkin * (1 - underFat);
      const inGland = underFat * (1 - underGland);
      const inMuscle = underGland * (1 - underMuscle);
      reflection[i] = 0.4 * ridge(y - 1.5, 1.2) + 0.25 * ridge(y - skin, 1) +
        brightness * (0.22 * inFat * septum +
            0.3 * inGland * (0.6 * strand + ligament) * (1 - 0.8 * lobule) +
            0.07 * inMuscle * smoothStep(0.3, 1.6, fibre)) +
        0.22 * ridge(y - gland, 1.2) * smoothStep(-0.6, 1, presence[i]) +
        0.3 * ridge(y - muscle, 1.4) * smoothStep(-0.8, 1, patches[i]);
    }
  }
}

/**
 * Thin sheets of tissue along the zero lines of a field, from 0 to 1: about `thickness` pixels
 * thick, brightest where they face the beam.
 */
function sheets(field: Float32Array, width: number, thickness: number): Float32Array {
  return field.map((value, i) => {
    const across = (field[i + 1] ?? value) - value;
    const along = (field[i + width] ?? value) - value;
    const slope = Math.hypot(across, along) + 0.01;
    const facing = 0.15 + 0.85 * (along / slope) ** 2;
    return facing * ridge(value / slope, thickness);
  });
}

/** A few small anechoic ducts or vessels between fat and muscle: dark, sharp, and no lesions. */
function layDucts(random: RandomStream, medium: Medium, interfaces: Interfaces): void {
  const { width, height, echogenicity } = medium;
  const count = Math.floor(between(random, 0, 4));
  for (let duct = 0; duct < count; duct++) {
    const centreX = between(random, 0.08, 0.92) * width;
    const column = Math.floor(centreX);
    const centreY = between(random, interfaces.fat[column], interfaces.gland[column]);
    const halfLength = between(random, 0.015, 0.045) * width;
    const halfThickness = between(random, 0.006, 0.011) * height;
    const slope = between(random, -0.4, 0.4);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const across = (x - centreX) / halfLength;
        const along = (y - centreY - slope * (x - centreX)) / halfThickness;
        const inside = 1 - smoothStep(0.7, 1.3, Math.hypot(across, along));
        echogenicity[y * width + x] -= 16 * inside;
      }
    }
  }
}

/** The gain: attenuation beyond the time gain compensation, weak contact, thin shadows. */
function makeGain(random: RandomStream, width: number, height: number): Float32Array {
  const loss = between(random, 7, 16);
  const onset = between(random, 1.4, 2.6);
  const overall = between(random, -3, 3);
  const compensation = smoothCurve(random, height, 0.3 * height);
  const contact = [between(random, -2, 10), between(random, -2, 10)];
  const reach = between(random, 0.08, 0.2);
  const shadows = Array.from({ length: Math.floor(between(random, 0, 4)) }, () => ({
    centre: between(random, 0, 1),
    width: between(random, 0.012, 0.035),
    from: between(random, 0.1, 0.3),
    depth: between(random, 3, 8),
    lean: between(random, -0.1, 0.1),
  }));
  const gain = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const depth = y / height;
    const atDepth = overall - loss * depth ** onset + 1.2 * compensation[y];
    for (let x = 0; x < width; x++) {
      const across = (x + 0.5) / width;
      let level = atDepth;
      level -= Math.max(0, contact[0]) * (1 - smoothStep(0, reach, across));
      level -= Math.max(0, contact[1]) * (1 - smoothStep(0, reach, 1 - across));
      for (const shadow of shadows) {
        const centre = shadow.centre + shadow.lean * depth;
        level -= shadow.depth * ridge(across - centre, shadow.width) *
          smoothStep(shadow.from, shadow.from + 0.15, depth);
      }
      gain[y * width + x] = level;
    }
  }
  return gain;
}
