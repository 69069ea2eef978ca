import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../lib/core/errors.ts";
import type { MmPerPx } from "../../lib/image/spacing.ts";
import type { PredictionEntry } from "../../lib/predict/entries.ts";
import { partFromJson } from "../../lib/predict/part_file.ts";
import { itemCount, itemsOf, joined, type Part, partJson } from "../../lib/predict/shards.ts";
import { PART_SETTINGS } from "../support/part_settings.ts";

Deno.test("joined() puts the items of all shards back in order", () => {
  const numbers = fc.record({
    total: fc.integer({ min: 0, max: 60 }),
    count: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(numbers, ({ total, count }) => {
      const items = Array.from({ length: total }, (_, index) => index);
      const shards = Array.from({ length: count }, (_, k) => ({ index: k + 1, count }));
      const parts = shards.map((shard) => itemsOf(items, shard));
      assertEquals(joined(parts), items);
      assertEquals(
        parts.map(({ length }) => length),
        shards.map((shard) => itemCount(total, shard)),
      );
    }),
  );
});

const PART: Part = {
  shard: 2,
  shards: 3,
  images: 5,
  list_sha256: "00",
  settings: PART_SETTINGS,
  unusable: [{ input: "none.png", error: "there is no such file" }],
  results: [
    { input: "b.png", error: "damaged" },
    {
      input: "e.png",
      width: 3,
      height: 2,
      area_px: 2,
      mean_probability: 0.8,
      mask: "e_mask.png",
      probability: "e_probability.png",
      uncertainty: "e_uncertainty.png",
      overlay: "e_overlay.png",
      lesions: [{
        area_px: 2,
        long_axis_px: 2.2,
        short_axis_px: 1.8,
        centre_px: [2, 1.5],
        box_px: [1, 1, 2, 1],
        touches_border: true,
        mean_probability: 0.8,
        boundary_uncertainty_px: null,
        flip_deviation: 0.1,
        polygons: [[[1, 1], [3, 1], [3, 2], [1, 2]]],
      }],
    },
  ],
};

Deno.test("partFromJson() reads what partJson() writes, key by key", () => {
  const text = partJson(PART);
  assertEquals(partJson(partFromJson(text, "part")), text);
});

Deno.test("partFromJson() reads parts of earlier versions, which call tta flips", () => {
  const { settings: { tta, ...settings }, ...rest } = JSON.parse(partJson(PART));
  assertEquals(tta, "flips");
  const before = JSON.stringify({ ...rest, settings: { ...settings, flips: true } });
  assertEquals(partFromJson(before, "part").settings, PART.settings);
});

/** The part with a spacing for the image of its lesion. */
function partInMm(mm_per_px: MmPerPx, area_mm2: number): Part {
  const [failed, entry] = PART.results as [Part["results"][0], PredictionEntry];
  const { polygons, ...lesion } = entry.lesions[0];
  const inMm = {
    ...{ area_mm2, long_axis_mm: 1, short_axis_mm: 0.5, boundary_uncertainty_mm: null },
    polygons,
  };
  const { area_px: _area, ...rest } = entry;
  const { input, width, height, ...files } = rest;
  const results = [
    failed,
    {
      ...{ input, width, height, mm_per_px, area_px: 2 },
      ...files,
      lesions: [{ ...lesion, ...inMm }],
    },
  ];
  return { ...PART, results };
}

Deno.test("partFromJson() reads spacings of images, and wants areas that belong to them", () => {
  const settings = { ...PART_SETTINGS, spacings: "mm.csv", spacings_sha256: "ab" };
  for (const [mm, area] of [[0.1, 2 * (0.1 * 0.1)], [[0.1, 0.3], 2 * (0.1 * 0.3)]] as const) {
    const part = { ...partInMm(mm, area), settings: { ...settings, mm_per_px: mm } };
    const read = partFromJson(partJson(part), "part");
    assertEquals(read, part);
    assertEquals(partJson(partFromJson(partJson(read), "part")), partJson(read));
  }
  const refuses = (part: Part, words: string) =>
    assertThrows(() => partFromJson(partJson(part), "part"), InputError, words);
  refuses(partInMm([0.1, 0.3], 0.07), "area_mm2 is not that of its pixels");
  refuses(partInMm([0.1, 0], 0), "mm_per_px is 0.1,0, expected a number above 0");
  refuses(partInMm([0.1] as Draft, 0), "mm_per_px has 1 items");
  refuses(partInMm("0.1" as Draft, 0), "mm_per_px is no number");
  refuses(partInMm(undefined as Draft, 0), "a lesion with measures in mm");
  const without = structuredClone(PART) as Draft;
  without.results[1].mm_per_px = 0.1;
  refuses(without, "a lesion without measures in mm");
});

Deno.test("partFromJson() measures in mm what earlier versions measured in px alone", () => {
  const before = { ...PART, settings: { ...PART_SETTINGS, mm_per_px: 0.3 } };
  const { results: [, entry] } = partFromJson(partJson(before), "part") as Draft;
  const { area_mm2, long_axis_mm, short_axis_mm, boundary_uncertainty_mm } = entry.lesions[0];
  assertEquals(entry.mm_per_px, 0.3);
  assertEquals(
    [area_mm2, long_axis_mm, short_axis_mm, boundary_uncertainty_mm],
    [2 * 0.3 ** 2, 2.2 * 0.3, 1.8 * 0.3, null],
  );
});

Deno.test("partFromJson() refuses whatever a shard does not write, by name", () => {
  const refuses = (words: string, change: (part: Draft) => void) => {
    const part = structuredClone(PART) as unknown as Draft;
    change(part);
    assertThrows(() => partFromJson(JSON.stringify(part), "parts/2.json"), InputError, words);
    assertThrows(
      () => partFromJson(JSON.stringify(part), "parts/2.json"),
      InputError,
      "parts/2.json",
    );
  };
  const lesion = (part: Draft) => part.results[1].lesions[0];
  refuses("shard is 4", (part) => part.shard = 4);
  refuses("it has no shards", (part) => delete part.shards);
  refuses("2 results", (part) => part.images = 50);
  refuses("results is no list", (part) => part.results = {});
  refuses("threshold is no number", (part) => part.settings.threshold = "0.5");
  refuses("settings is no JSON object", (part) => part.settings = null);
  refuses("network_width is 1000000000", (part) => part.settings.network_width = 1e9);
  refuses("width is 1000000000", (part) => part.results[1].width = 1e9);
  refuses("tta is 1, expected", (part) => part.settings.tta = 1);
  refuses("input is no text", (part) => part.results[0].input = 7);
  refuses("box_px does not lie", (part) => lesion(part).box_px = [1, 1, 3, 1]);
  refuses("results[1].lesions[0].box_px has 1 items", (part) => lesion(part).box_px = [1]);
  refuses("an area_px of 1, its lesions have 2", (part) => part.results[1].area_px = 1);
  refuses("mm_per_px is 1e+308", (part) => part.settings.mm_per_px = 1e308);
  refuses("16384x16384 pixels, more than are read", (part) => {
    Object.assign(part.results[1], { width: 16384, height: 16384 });
  });
  refuses("another area", (part) => lesion(part).area_px = 1);
  refuses("does not lie on pixel edges", (part) => lesion(part).polygons[0][1] = [9, 1]);
  refuses("polygons[0] is no list", (part) => lesion(part).polygons = [7]);
  refuses("polygons[0][0] has 3 items", (part) => lesion(part).polygons[0][0] = [1, 1, 1]);
  assertThrows(() => partFromJson("{", "parts/2.json"), InputError, "no JSON");
  assertThrows(() => partFromJson("[]", "parts/2.json"), InputError, "no JSON object");
});

Deno.test("partFromJson() bounds the outlines that a merge encodes", () => {
  const side = 8192;
  // A comb of one-pixel teeth, each as wide as the image.
  const teeth = Array.from({ length: side / 2 }, (_, k) => [
    [side, 2 * k],
    [side, 2 * k + 1],
    ...(k < side / 2 - 1 ? [[1, 2 * k + 1], [1, 2 * k + 2]] : []),
  ]).flat();
  const comb = [[0, 0], ...teeth, [0, side - 1]];
  const area = side / 2 * side + side / 2 - 1;
  const lesion = {
    ...(PART.results[1] as Draft).lesions[0],
    area_px: area,
    box_px: [0, 0, side, side],
    polygons: [comb],
  };
  const withImages = (count: number): string => {
    const entry = { ...PART.results[1], width: side, height: side, area_px: area };
    const results = Array(count).fill({ ...entry, lesions: [lesion] });
    return JSON.stringify({ ...PART, shard: 1, shards: 1, images: count, results });
  };
  assertEquals(partFromJson(withImages(4), "a.json").results.length, 4);
  assertThrows(() => partFromJson(withImages(5), "a.json"), InputError, "has outlines of 3355");
  const twice = structuredClone(PART) as Draft;
  twice.results[1].lesions[0].polygons.push([[1, 1], [3, 1]], [[1, 1], [3, 1]]);
  assertThrows(() => partFromJson(JSON.stringify(twice), "a.json"), InputError, "one edge twice");
});

// deno-lint-ignore no-explicit-any
type Draft = any;
