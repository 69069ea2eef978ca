/**
 * Simulates a B-mode picture of tissue: scatterers, point-spread function, envelope, log
 * compression.
 *
 * Below the resolution of the beam, tissue is a cloud of scatterers. Their echoes add up with
 * random phases. Their complex sum is Gaussian and its magnitude Rayleigh distributed: fully
 * developed speckle (Burckhardt, "Speckle in ultrasound B-mode scans", 1978). Interfaces add echoes
 * of equal phase, which appear as smooth bright lines. Averaging pictures from several angles
 * reduces the speckle.
 *
 * The point-spread function is a separable Gaussian on the demodulated signal, narrow along the
 * beam (pulse length) and wide across it, wider with depth as the beam spreads.
 *
 * @module
 */
import type { RandomStream } from "../../core/random.ts";

/** The acoustic properties of the tissue, each `[height, width]`. */
export interface Medium {
  readonly width: number;
  readonly height: number;
  /** Strength of the diffuse scatterers, in dB. */
  readonly echogenicity: Float32Array;
  /** Amplitude of specular reflections at interfaces; 1 is 0 dB. */
  readonly reflection: Float32Array;
  /** Attenuation and time gain compensation together, in dB. */
  readonly gain: Float32Array;
}

/** The settings of the scanner. Widths are standard deviations in px. */
export interface Scanner {
  readonly axialWidth: number;
  /** Lateral width at the transducer and at the bottom of the image. */
  readonly lateralWidth: readonly [number, number];
  /** The echo level shown as black, in dB, and the range from there to white. */
  readonly black: number;
  readonly dynamicRange: number;
  /** Electronic noise, in dB; it does not decrease with depth. */
  readonly noise: number;
}

/** The number of pictures from different angles that are averaged (spatial compounding). */
const LOOKS = 2;

/** Forms the picture of a medium: grey bytes `[height, width]`. */
export function scan(medium: Medium, scanner: Scanner, random: RandomStream): Uint8Array {
  const { width, height, echogenicity, reflection, gain } = medium;
  const count = width * height;
  const scatter = echogenicity.map(amplitudeOf);
  const envelope = new Float32Array(count);
  const real = new Float32Array(count);
  const imaginary = new Float32Array(count);
  for (let look = 0; look < LOOKS; look++) {
    for (let i = 0; i < count; i++) {
      const size = scatter[i] * Math.sqrt(-Math.log(uniform(random)));
      const phase = 2 * Math.PI * uniform(random);
      real[i] = size * Math.cos(phase) + reflection[i];
      imaginary[i] = size * Math.sin(phase);
    }
    filter(real, width, height, scanner);
    filter(imaginary, width, height, scanner);
    for (let i = 0; i < count; i++) {
      envelope[i] += Math.sqrt(real[i] * real[i] + imaginary[i] * imaginary[i]) / LOOKS;
    }
  }

  const noise = amplitudeOf(scanner.noise);
  const greyPerDecibel = 255 / scanner.dynamicRange;
  const pixels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const amplitude = envelope[i] * amplitudeOf(gain[i]) + noise * (0.5 + uniform(random));
    const decibels = 20 * Math.log10(amplitude);
    const grey = Math.round((decibels - scanner.black) * greyPerDecibel);
    pixels[i] = Math.min(255, Math.max(0, grey));
  }
  return pixels;
}

/** The amplitude of a level in dB: 1 at 0, 0.1 at -20. */
export function amplitudeOf(decibels: number): number {
  return Math.exp(decibels * (Math.LN10 / 20));
}

/**
 * A number above 0 and at most 1, from 32 random bits. 32 bits suffice here and take half the time
 * of 53.
 */
function uniform(random: RandomStream): number {
  return (random.bits32() + 1) / 2 ** 32;
}

/**
 * Applies the point-spread function in place: to rows, whose width grows with depth, then to
 * columns.
 */
function filter(values: Float32Array, width: number, height: number, scanner: Scanner): void {
  const [top, bottom] = scanner.lateralWidth;
  for (let y = 0; y < height; y++) {
    const row = values.subarray(y * width, (y + 1) * width);
    const kernel = gaussian(top + ((bottom - top) * y) / height);
    const reach = (kernel.length - 1) / 2;
    const padded = new Float32Array(width + 2 * reach);
    for (let x = 0; x < padded.length; x++) padded[x] = row[mirror(x - reach, width)];
    row.fill(0);
    for (let k = 0; k < kernel.length; k++) {
      const weight = kernel[k];
      for (let x = 0; x < width; x++) row[x] += weight * padded[x + k];
    }
  }
  const kernel = gaussian(scanner.axialWidth);
  const reach = (kernel.length - 1) / 2;
  const source = values.slice();
  values.fill(0);
  for (let y = 0; y < height; y++) {
    const target = y * width;
    for (let k = 0; k < kernel.length; k++) {
      const weight = kernel[k];
      const start = mirror(y + k - reach, height) * width;
      for (let x = 0; x < width; x++) values[target + x] += weight * source[start + x];
    }
  }
}

/** A Gaussian with a sum of squares of 1, so that filtering keeps the power of white noise. */
function gaussian(deviation: number): Float32Array {
  const reach = Math.max(1, Math.ceil(3 * deviation));
  const kernel = new Float32Array(2 * reach + 1);
  let power = 0;
  for (let k = -reach; k <= reach; k++) {
    const weight = Math.exp(-0.5 * (k / deviation) ** 2);
    kernel[k + reach] = weight;
    power += weight * weight;
  }
  return kernel.map((weight) => weight / Math.sqrt(power));
}

/** Reflects a position beyond the border back into the line. */
function mirror(position: number, length: number): number {
  const period = 2 * length;
  const inside = ((position % period) + period) % period;
  return inside < length ? inside : period - 1 - inside;
}
