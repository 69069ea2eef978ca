/**
 * How the input of a network is prepared, as an entry beside bare weights: in an imported
 * safetensors file, and in a .pth file that an export wrote.
 *
 * @module
 */
import { canonicalJson } from "../core/canonical_json.ts";
import { InputError } from "../core/errors.ts";
import { number, object, oneOf, optional, parseJson, whole } from "../core/json.ts";
import { type BitsInUse, DEPTHS } from "../image/depth.ts";
import { MOST_SIDE } from "../image/codecs/header.ts";
import { type Fit, FITS } from "../image/fit.ts";
import { SMALLEST_SIDE } from "../network/network.ts";

const ENTRY = "sonoseg_input";

/** A size in px. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How the input of a network is prepared: `(grey / 255 - mean) / std`. */
export interface InputScaling {
  readonly mean: number;
  readonly std: number;
  /** The size in px that the network was trained at, if it is known. */
  readonly size?: Size;
  /** How images were fitted into that size, if it is known. */
  readonly fit?: Fit;
  /** The bits by which 16-bit images become grey, if they are known. */
  readonly bitsInUse?: BitsInUse;
}

/** The metadata of a file without a `sonoseg` entry, which says how the input is prepared. */
export function scalingMetadata(
  { mean, std, size, fit, bitsInUse }: InputScaling,
): Record<string, string> {
  const entry = {
    mean,
    std,
    ...size,
    ...(fit && { fit }),
    ...(bitsInUse && { bits_in_use: bitsInUse }),
  };
  return { [ENTRY]: canonicalJson(entry) };
}

interface Entry extends Pick<InputScaling, "mean" | "std"> {
  readonly width?: number;
  readonly height?: number;
  readonly fit?: Fit;
  readonly bits_in_use?: BitsInUse;
}

const side = optional(whole(SMALLEST_SIDE, MOST_SIDE));
const reader = object<Entry>({
  mean: number,
  std: number,
  width: side,
  height: side,
  fit: optional(oneOf(...FITS)),
  bits_in_use: optional(oneOf(...DEPTHS)),
});

/**
 * Reads what {@linkcode scalingMetadata} wrote; `undefined` without it. Throws
 * {@linkcode InputError} for an entry that is none.
 */
export function scalingIn(metadata: Readonly<Record<string, string>>): InputScaling | undefined {
  const entry = metadata[ENTRY];
  if (entry === undefined) return undefined;
  const what = `its ${ENTRY} entry`;
  const { mean, std, width, height, fit, bits_in_use: bitsInUse } = reader(
    parseJson(entry, what),
  );
  if (std <= 0) throw new InputError(`${what} has std ${std}`);
  const size = width === undefined || height === undefined ? undefined : { width, height };
  return {
    mean,
    std,
    ...(size && { size }),
    ...(fit && { fit }),
    ...(bitsInUse && { bitsInUse }),
  };
}
