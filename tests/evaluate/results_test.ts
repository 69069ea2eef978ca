import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parse } from "@std/csv";
import { evaluationText } from "../../lib/cli/words/evaluation_words.ts";
import { InputError } from "../../lib/core/errors.ts";
import { DEFAULT_BOOTSTRAP } from "../../lib/evaluate/bootstrap.ts";
import type { EvaluationResults } from "../../lib/evaluate/results.ts";
import {
  AGAINST_COLUMNS,
  AGAINST_MM_COLUMNS,
  METRICS_COLUMNS,
  MM_COLUMNS,
  resultsToCsv,
} from "../../lib/evaluate/results_csv.ts";
import { resultsFromJson } from "../../lib/evaluate/results_json.ts";
import { resultsOf } from "../../lib/evaluate/results_of.ts";
import { CASES, CASES_IN_MM, MODEL } from "../support/measured_cases.ts";

function results(twoModels: boolean, cases = CASES): EvaluationResults {
  return resultsOf({
    evaluated: { model: MODEL, cases },
    ...(twoModels && { against: { model: { ...MODEL, run: null, epoch: null }, cases } }),
    data: { part: "test", split: "runs/a/split.json", trained_on: 0 },
    settings: {
      ...{ threshold: 0.5, size: "original" },
      ...(cases === CASES_IN_MM && { mm_per_px: 2, spacings: "mm.csv", spacings_sha256: "ab" }),
    },
    bootstrap: { ...DEFAULT_BOOTSTRAP, resamples: 50 },
    warnings: ["the first"],
  });
}

Deno.test("resultsOf() says what was counted, and doubts intervals of three images", () => {
  const { format, data, settings, warnings, against } = results(false);
  // The number stands in files that exist.
  assertEquals(format, 2);
  assertEquals([data.images, data.lesion_images, data.lesion_free_images], [5, 3, 2]);
  assertEquals([data.groups, settings.bootstrap.unit, against], [null, "image", null]);
  assertEquals(warnings.length, 2);
  assertStringIncludes(warnings[1], "only 3 images show a lesion");
});

Deno.test("resultsFromJson() gives back what was written", () => {
  for (const written of [results(false), results(true), results(true, CASES_IN_MM)]) {
    assertEquals(resultsFromJson(JSON.stringify(written), "metrics.json"), written);
  }
});

Deno.test("resultsFromJson() reads format 1, which calls lesion-free images normal", () => {
  const written = results(true);
  const text = JSON.stringify(written).replace('"format":2', '"format":1')
    .replaceAll('"lesion_free_images"', '"normal_images"')
    .replaceAll('"kind":"lesion_free"', '"kind":"normal"')
    .replaceAll('"lesion_free"', '"normals"');
  assertEquals(text.includes("lesion_free"), false);
  assertEquals(resultsFromJson(text, "metrics.json"), written);
  const newer = text.replace('"format":1', '"format":3');
  assertThrows(() => resultsFromJson(newer, "metrics.json"), InputError, "format");
});

Deno.test("resultsFromJson() refuses a file with any field missing or of another kind, and names it", () => {
  const inMm = results(true, CASES_IN_MM);
  const refuses = (text: string, words: string) => {
    const { message } = assertThrows(() => resultsFromJson(text, "a/metrics.json"), InputError);
    assertStringIncludes(message, "a/metrics.json");
    assertStringIncludes(message, words);
  };
  refuses("{", "is no JSON");
  for (const text of ["[]", "null", "3"]) refuses(text, "no JSON object");
  for (const value of [null, [], "text"]) refuses(changed(["data"], value), "data");
  let tried = 0;
  const spoil = (value: unknown, path: readonly (string | number)[]) => {
    const name = path.reduce<string>(
      (name, key) =>
        typeof key === "number" ? `${name}[${key}]` : name === "" ? key : `${name}.${key}`,
      "",
    );
    if (name !== "") {
      tried++;
      refuses(changed(path, { wrong: true }), name);
    }
    if (typeof value !== "object" || value === null) return;
    // The first items of a list stand for the others.
    for (const [key, inner] of Object.entries(value)) {
      if (Array.isArray(value) && Number(key) > 0) break;
      spoil(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    }
  };
  spoil(inMm, []);
  assertEquals(tried > 300, true);
  refuses(changed(["cases", 0, "dice"], null), "cases[0].dice");
  refuses(changed(["cases", 4, "dice"], 1), "cases[4].dice");
  refuses(changed(["cases", 0, "millimetres", "hd95_mm"], null), "cases[0].hd95_mm");
  refuses(changed(["cases", 4, "millimetres", "assd_mm"], 1), "cases[4].assd_mm");
  refuses(
    changed(["cases", 0, "millimetres", "mm_per_px"], [1, 0]),
    "millimetres.mm_per_px is 1,0",
  );

  function changed(path: readonly (string | number)[], value: unknown): string {
    const copy = JSON.parse(JSON.stringify(inMm));
    const holder = path.slice(0, -1).reduce((inner, key) => inner[key], copy);
    holder[path.at(-1)!] = value;
    return JSON.stringify(copy);
  }
});

Deno.test("resultsToCsv() has columns in mm where the pixels of any image have a known size", () => {
  const written = results(true, CASES_IN_MM);
  const rows = parse(resultsToCsv(written), { skipFirstRow: true });
  assertEquals(Object.keys(rows[0]), [
    ...METRICS_COLUMNS,
    ...MM_COLUMNS,
    ...AGAINST_COLUMNS,
    ...AGAINST_MM_COLUMNS,
  ]);
  const [first, , square, px, lesionFree] = rows;
  assertEquals([first.mm_per_px_x, first.mm_per_px_y], ["0.5", "0.25"]);
  assertEquals([first.truth_mm2, first.hd95_mm, first.against_hd95_mm], ["8", "0.25", "0.25"]);
  assertEquals([square.mm_per_px_x, square.mm_per_px_y], ["2", "2"]);
  for (const name of [...MM_COLUMNS, ...AGAINST_MM_COLUMNS]) assertEquals(px[name], "", name);
  assertEquals([lesionFree.predicted_mm2, lesionFree.hd95_mm], ["2", ""]);
  assertStringIncludes(
    written.warnings.at(-1)!,
    "the size of the pixels is not known in 1 of 5 images (such as malignant 2)",
  );
  const text = evaluationText(written);
  assertStringIncludes(text, "HD95, mm (of 3)");
});

Deno.test("resultsToCsv() has a row per image, and cells stay empty where nothing was measured", () => {
  const rows = parse(resultsToCsv(results(true)), { skipFirstRow: true });
  assertEquals(Object.keys(rows[0]), [...METRICS_COLUMNS, ...AGAINST_COLUMNS]);
  assertEquals(rows.map(({ image }) => image), CASES.map(({ result }) => result.image));
  assertEquals([rows[1].dice, rows[1].lesions_missed, rows[1].against_dice], ["0", "1", "0"]);
  assertEquals([rows[3].kind, rows[3].dice, rows[4].lesions_false], ["lesion_free", "", "2"]);
  const [head] = resultsToCsv(results(false)).split("\n");
  assertEquals(head, METRICS_COLUMNS.join(","));
});
