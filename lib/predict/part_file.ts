/**
 * Reads part files. They may come from anywhere or be damaged, so every value is checked.
 *
 * @module
 */
import { reworded } from "../core/errors.ts";
import {
  checked,
  flag,
  isRecord,
  list,
  number,
  numbers,
  object,
  optional,
  orNull,
  parseJson,
  type Reader,
  text,
  whole,
} from "../core/json.ts";
import { MOST_SIDE } from "../image/codecs/header.ts";
import { fillRings, type Point } from "../image/contours.ts";
import {
  boxOf,
  type Failure,
  type LesionEntry,
  type PredictionEntry,
  type PredictionSettings,
} from "./entries.ts";
import { itemCount, type Part, type Result } from "./shards.ts";

const MOST_SHARDS = 1_000_000;

/** Reads a part from its text. Throws {@linkcode InputError} for anything that no shard writes. */
export function partFromJson(content: string, name: string): Part {
  return reworded(
    () => part(parseJson(content, "it")),
    (why) => `${name} is damaged: ${why}; predict this shard again`,
  );
}

const side = whole(1, MOST_SIDE);

const settingsNow = object<PredictionSettings>({
  sonoseg: text,
  model: text,
  model_sha256: text,
  engine: text,
  threshold: number,
  network_width: side,
  network_height: side,
  mean: number,
  std: number,
  tta: flag,
  min_area_px: number,
  keep_largest: flag,
  mm_per_px: orNull(number),
});

/** Settings of a part; earlier versions call `tta` `flips`. */
const settings: Reader<PredictionSettings> = (json, at) =>
  settingsNow(isRecord(json) && !("tta" in json) ? { ...json, tta: json.flips } : json, at);

const failure = object<Failure>({ input: text, error: text });

const lesion = object<LesionEntry>({
  area_px: whole(1),
  long_axis_px: number,
  short_axis_px: number,
  centre_px: numbers<[number, number]>(2),
  box_px: numbers<[number, number, number, number]>(4),
  touches_border: flag,
  mean_probability: number,
  boundary_uncertainty_px: orNull(number),
  flip_deviation: optional(number),
  polygons: list(list(numbers<Point>(2))),
});

const entry = checked(
  object<PredictionEntry>({
    input: text,
    width: side,
    height: side,
    area_px: whole(),
    mean_probability: orNull(number),
    mask: text,
    probability: text,
    uncertainty: optional(text),
    overlay: text,
    lesions: list(lesion),
  }),
  ({ width, height, area_px, lesions }) => {
    if (area_px > width * height) return `has an area_px of ${area_px}, more than its pixels`;
    const problems = lesions.map((lesion) => lesionProblem(lesion, width, height));
    return problems.find((problem) => problem !== undefined);
  },
);

/** The problem of a lesion in an image of this size; `undefined` for none. */
function lesionProblem(lesion: LesionEntry, width: number, height: number): string | undefined {
  const [x, y, across, down] = lesion.box_px;
  const isInside = lesion.box_px.every(Number.isInteger) && x >= 0 && y >= 0 &&
    across > 0 && down > 0 && x + across <= width && y + down <= height;
  if (!isInside) return "has a lesion whose box_px does not lie in its image";
  try {
    const area = fillRings(lesion.polygons, boxOf(lesion)).reduce((sum, pixel) => sum + pixel, 0);
    return area === lesion.area_px ? undefined : "has a lesion whose polygons enclose another area";
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return `has a lesion whose polygons cannot be used: ${error.message}`;
  }
}

const result: Reader<Result> = (json, at = "") =>
  (isRecord(json) && "error" in json ? failure : entry)(json, at);

const part = checked(
  object<Part>({
    shard: whole(1),
    shards: whole(1, MOST_SHARDS),
    images: whole(),
    list_sha256: text,
    settings,
    unusable: list(failure),
    results: list(result),
  }),
  ({ shard, shards, images, results }) => {
    if (shard > shards) return `says that its shard is ${shard} of ${shards}`;
    if (results.length === itemCount(images, { index: shard, count: shards })) return undefined;
    return `has ${results.length} results, which is not shard ${shard} of ${shards} of ${images}`;
  },
);
