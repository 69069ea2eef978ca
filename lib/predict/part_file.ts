/**
 * Reading part files. Anyone may have written or damaged one: every value is looked at before it is used.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import {
  boxOf,
  type Failure,
  type LesionEntry,
  type PredictionEntry,
  type PredictionSettings,
} from "./entries.ts";
import { fillRings, type Point, type Ring } from "../image/contours.ts";
import { itemCount, type Part, type Result } from "./shards.ts";

/** No larger image can be read. */
const LARGEST_SIDE = 16384;
const MOST_SHARDS = 1_000_000;

/** A part from its text. Throws {@linkcode InputError} for anything that no shard writes. */
export function partFromJson(text: string, name: string): Part {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InputError(`${name} is damaged: it is no JSON; predict this shard again`);
  }
  try {
    return partOf(record(json, "the part"));
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    throw new InputError(`${name} is damaged: ${error.message}; predict this shard again`);
  }
}

/** Something is not what it should be. */
class Unexpected extends Error {}

type Fields = Readonly<Record<string, unknown>>;

function partOf(part: Fields): Part {
  const shards = whole(part, "shards", 1, MOST_SHARDS);
  const shard = whole(part, "shard", 1, shards);
  const images = whole(part, "images", 0, Number.MAX_SAFE_INTEGER);
  const results = list(part, "results").map((item): Result => {
    const fields = record(item, "a result");
    return "error" in fields ? failureOf(fields) : entryOf(fields);
  });
  if (results.length !== itemCount(images, { index: shard, count: shards })) {
    throw new Unexpected(
      `it has ${results.length} results, which is not shard ${shard} of ${shards} of ${images}`,
    );
  }
  return {
    shard,
    shards,
    images,
    list_sha256: string(part, "list_sha256"),
    settings: settingsOf(record(part.settings, "settings")),
    unusable: list(part, "unusable").map((item) => failureOf(record(item, "unusable"))),
    results,
  };
}

function settingsOf(fields: Fields): PredictionSettings {
  return {
    sonoseg: string(fields, "sonoseg"),
    model: string(fields, "model"),
    model_sha256: string(fields, "model_sha256"),
    engine: string(fields, "engine"),
    threshold: number(fields, "threshold"),
    network_width: whole(fields, "network_width", 1, LARGEST_SIDE),
    network_height: whole(fields, "network_height", 1, LARGEST_SIDE),
    mean: number(fields, "mean"),
    std: number(fields, "std"),
    // Parts of earlier versions call it flips.
    tta: boolean(fields, "tta" in fields ? "tta" : "flips"),
    min_area_px: number(fields, "min_area_px"),
    keep_largest: boolean(fields, "keep_largest"),
    mm_per_px: orNull(fields, "mm_per_px"),
  };
}

function failureOf(fields: Fields): Failure {
  return { input: string(fields, "input"), error: string(fields, "error") };
}

function entryOf(fields: Fields): PredictionEntry {
  const width = whole(fields, "width", 1, LARGEST_SIDE);
  const height = whole(fields, "height", 1, LARGEST_SIDE);
  return {
    input: string(fields, "input"),
    width,
    height,
    area_px: whole(fields, "area_px", 0, width * height),
    mean_probability: orNull(fields, "mean_probability"),
    mask: string(fields, "mask"),
    probability: string(fields, "probability"),
    ...("uncertainty" in fields && { uncertainty: string(fields, "uncertainty") }),
    overlay: string(fields, "overlay"),
    lesions: list(fields, "lesions").map((item) =>
      lesionOf(record(item, "a lesion"), width, height)
    ),
  };
}

function lesionOf(fields: Fields, width: number, height: number): LesionEntry {
  const [x, y, across, down] = numbers(fields, "box_px", 4);
  const isInside = [x, y, across, down].every(Number.isInteger) && x >= 0 && y >= 0 &&
    across > 0 && down > 0 && x + across <= width && y + down <= height;
  if (!isInside) throw new Unexpected("box_px does not lie in its image");
  const lesion: LesionEntry = {
    area_px: whole(fields, "area_px", 1, across * down),
    long_axis_px: number(fields, "long_axis_px"),
    short_axis_px: number(fields, "short_axis_px"),
    centre_px: pair(numbers(fields, "centre_px", 2)),
    box_px: [x, y, across, down],
    touches_border: boolean(fields, "touches_border"),
    mean_probability: number(fields, "mean_probability"),
    boundary_uncertainty_px: orNull(fields, "boundary_uncertainty_px"),
    ...("flip_deviation" in fields && { flip_deviation: number(fields, "flip_deviation") }),
    polygons: list(fields, "polygons").map(ringOf),
  };
  try {
    const area = fillRings(lesion.polygons, boxOf(lesion)).reduce((sum, pixel) => sum + pixel, 0);
    if (area !== lesion.area_px) throw new RangeError("its polygons enclose another area");
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Unexpected(error.message);
  }
  return lesion;
}

function ringOf(value: unknown): Ring {
  if (!Array.isArray(value)) throw new Unexpected("a polygon is no list of corners");
  return value.map((corner): Point => pair(numbers({ corner }, "corner", 2)));
}

function pair([x, y]: readonly number[]): Point {
  return [x, y];
}

function record(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Unexpected(`${what} is no record`);
  }
  return value as Fields;
}

function list(fields: Fields, key: string): readonly unknown[] {
  const value = fields[key];
  if (!Array.isArray(value)) throw new Unexpected(`${key} is no list`);
  return value;
}

function string(fields: Fields, key: string): string {
  const value = fields[key];
  if (typeof value !== "string") throw new Unexpected(`${key} is no text`);
  return value;
}

function boolean(fields: Fields, key: string): boolean {
  const value = fields[key];
  if (typeof value !== "boolean") throw new Unexpected(`${key} is neither true nor false`);
  return value;
}

function number(fields: Fields, key: string): number {
  const value = fields[key];
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new Unexpected(`${key} is no number`);
  }
  return value;
}

function whole(fields: Fields, key: string, least: number, most: number): number {
  const value = number(fields, key);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Unexpected(`${key} is ${value}, expected a whole number from ${least} to ${most}`);
  }
  return value;
}

function orNull(fields: Fields, key: string): number | null {
  return fields[key] === null ? null : number(fields, key);
}

function numbers(fields: Fields, key: string, count: number): readonly number[] {
  const values = list(fields, key);
  if (values.length !== count) throw new Unexpected(`${key} has ${values.length} numbers`);
  return values.map((value) => number({ [key]: value }, key));
}
