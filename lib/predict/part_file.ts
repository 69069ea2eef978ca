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
  oneOf,
  optional,
  orNull,
  parseJson,
  type Reader,
  text,
  whole,
} from "../core/json.ts";
import { MOST_PIXELS, MOST_SIDE } from "../image/codecs/header.ts";
import { type Point, ringsArea } from "../image/contours.ts";
import { FITS } from "../image/fit.ts";
import { horizontalLength } from "../image/rle.ts";
import { type MmPerPx, mmPerPxFrom, pixelArea, spacingOf } from "../image/spacing.ts";
import { TTA_MODES } from "../model/choice.ts";
import {
  boxOf,
  type Failure,
  type LesionEntry,
  type MemberSettings,
  millimetreFields,
  type PredictionEntry,
  type PredictionSettings,
} from "./entries.ts";
import { scaledMeasures } from "./millimetres.ts";
import { isFailure, itemCount, type Part, predicted, type Result } from "./shards.ts";

const MOST_SHARDS = 1_000_000;

/** The largest length of the outlines of a part, in px: so many steps it takes to encode them. */
const MOST_OUTLINE = 2 ** 28;

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
  fit: oneOf(...FITS),
  mean: number,
  std: number,
  tta: oneOf(...TTA_MODES),
  min_area_px: number,
  min_area_share: optional(number),
  keep_largest: flag,
  mm_per_px: orNull(mmPerPxFrom),
  spacings: optional(text),
  spacings_sha256: optional(text),
  members: optional(list(object<MemberSettings>({
    model: text,
    model_sha256: text,
    network_width: side,
    network_height: side,
    fit: oneOf(...FITS),
    mean: number,
    std: number,
  }))),
});

/**
 * Settings of a part. Earlier versions knew no flips or all of them, called `tta` `flips`, and had
 * no `fit`.
 */
const settings: Reader<PredictionSettings> = (json, at) => {
  if (!isRecord(json)) return settingsNow(json, at);
  const before = json.tta ?? json.flips;
  const tta = before === true ? "flips" : before === false ? "none" : before;
  return settingsNow({ fit: "squash", ...json, tta }, at);
};

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
  area_mm2: optional(number),
  long_axis_mm: optional(number),
  short_axis_mm: optional(number),
  boundary_uncertainty_mm: optional(orNull(number)),
  flip_deviation: optional(number),
  model_deviation: optional(number),
  polygons: list(list(numbers<Point>(2))),
});

const entry = checked(
  object<PredictionEntry>({
    input: text,
    width: side,
    height: side,
    mm_per_px: optional(mmPerPxFrom),
    area_px: whole(),
    mean_probability: orNull(number),
    highest_probability: optional(number),
    mask: text,
    probability: text,
    uncertainty: optional(text),
    overlay: text,
    lesions: list(lesion),
  }),
  ({ width, height, mm_per_px, area_px, lesions }) => {
    if (width * height > MOST_PIXELS) return `has ${width}x${height} pixels, more than are read`;
    if (area_px > width * height) return `has an area_px of ${area_px}, more than its pixels`;
    const problems = lesions.map((lesion) =>
      lesionProblem(lesion, width, height) ?? millimetreProblem(lesion, mm_per_px)
    );
    const total = lesions.reduce((sum, lesion) => sum + lesion.area_px, 0);
    return problems.find((problem) => problem !== undefined) ??
      (area_px === total ? undefined : `has an area_px of ${area_px}, its lesions have ${total}`);
  },
);

/** The problem of a lesion in an image of this size; `undefined` for none. */
function lesionProblem(lesion: LesionEntry, width: number, height: number): string | undefined {
  const [x, y, across, down] = lesion.box_px;
  const isInside = lesion.box_px.every(Number.isInteger) && x >= 0 && y >= 0 &&
    across > 0 && down > 0 && x + across <= width && y + down <= height;
  if (!isInside) return "has a lesion whose box_px does not lie in its image";
  try {
    const area = ringsArea(lesion.polygons, boxOf(lesion));
    if (area !== lesion.area_px) return "has a lesion whose polygons enclose another area";
    // Each pixel has two horizontal edges, so a longer outline runs along some edge twice.
    if (horizontalLength(lesion.polygons) > 2 * lesion.area_px) {
      return "has a lesion whose polygons run along one edge twice";
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return `has a lesion whose polygons cannot be used: ${error.message}`;
  }
}

/** The problem of a lesion's measures in mm. */
function millimetreProblem(lesion: LesionEntry, mm?: MmPerPx): string | undefined {
  const { area_px, area_mm2, long_axis_mm, short_axis_mm, boundary_uncertainty_mm } = lesion;
  const measures = [area_mm2, long_axis_mm, short_axis_mm, boundary_uncertainty_mm];
  if (measures.some((value) => (value === undefined) !== (mm === undefined))) {
    return `has a lesion ${mm === undefined ? "with" : "without"} measures in mm`;
  }
  if (mm === undefined || area_mm2 === area_px * pixelArea(spacingOf(mm))) return undefined;
  return "has a lesion whose area_mm2 is not that of its pixels";
}

/** The length of the horizontal edges of an image's lesions. */
function outlineOf({ lesions }: PredictionEntry): number {
  return lesions.reduce((sum, { polygons }) => sum + horizontalLength(polygons), 0);
}

const result: Reader<Result> = (json, at = "") =>
  (isRecord(json) && "error" in json ? failure : entry)(json, at);

const partNow = checked(
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
    const outline = predicted(results).reduce((sum, entry) => sum + outlineOf(entry), 0);
    if (outline > MOST_OUTLINE) return `has outlines of ${outline} px, more than ${MOST_OUTLINE}`;
    if (results.length === itemCount(images, { index: shard, count: shards })) return undefined;
    return `has ${results.length} results, which is not shard ${shard} of ${shards} of ${images}`;
  },
);

/** Earlier versions measured in px alone, and knew one size of a pixel for all images. */
const part: Reader<Part> = (json, at) => {
  const read = partNow(json, at);
  const { mm_per_px: mm } = read.settings;
  if (typeof mm !== "number") return read;
  const results = read.results.map((result) =>
    isFailure(result) || result.mm_per_px !== undefined ? result : measuredInMm(result, mm)
  );
  return { ...read, results };
};

function measuredInMm(entry: PredictionEntry, mm: number): PredictionEntry {
  const lesions = entry.lesions.map((lesion) => {
    const { area_px, long_axis_px, short_axis_px, boundary_uncertainty_px } = lesion;
    const measures = scaledMeasures({
      area: area_px,
      longAxis: long_axis_px,
      shortAxis: short_axis_px,
      boundaryUncertainty: boundary_uncertainty_px,
    }, mm);
    return { ...lesion, ...millimetreFields(measures) };
  });
  return { ...entry, mm_per_px: mm, lesions };
}
