import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parse } from "@std/csv";
import { InputError } from "../../lib/core/errors.ts";
import { DEFAULT_BOOTSTRAP } from "../../lib/evaluate/bootstrap.ts";
import type { EvaluationResults } from "../../lib/evaluate/results.ts";
import { AGAINST_COLUMNS, METRICS_COLUMNS, resultsToCsv } from "../../lib/evaluate/results_csv.ts";
import { resultsFromJson } from "../../lib/evaluate/results_json.ts";
import { resultsOf } from "../../lib/evaluate/results_of.ts";
import { CASES, MODEL } from "../support/measured_cases.ts";

function results(twoModels: boolean): EvaluationResults {
  return resultsOf({
    evaluated: { model: MODEL, cases: CASES },
    ...(twoModels && { against: { model: { ...MODEL, run: null, epoch: null }, cases: CASES } }),
    data: { part: "test", split: "runs/a/split.json", trained_on: 0 },
    settings: { threshold: 0.5, size: "original" },
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
  for (const written of [results(false), results(true)]) {
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
  const all = { ...results(true) };
  spoil(all, []);
  assertEquals(tried > 300, true);
  refuses(changed(["cases", 0, "dice"], null), "cases[0].dice");
  refuses(changed(["cases", 3, "dice"], 1), "cases[3].dice");

  function changed(path: readonly (string | number)[], value: unknown): string {
    const copy = JSON.parse(JSON.stringify(results(true)));
    const holder = path.slice(0, -1).reduce((inner, key) => inner[key], copy);
    holder[path.at(-1)!] = value;
    return JSON.stringify(copy);
  }
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
