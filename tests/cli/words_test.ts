import { InvalidArgumentError } from "@commander-js/extra-typings";
import { assertEquals, assertThrows } from "@std/assert";
import { parseBytes, parseNumber, parseSize } from "../../lib/cli/options/values.ts";
import {
  batchWords,
  bytes,
  count,
  duration,
  figure,
  flops,
  plural,
  shellWord,
  table,
} from "../../lib/cli/words/words.ts";

Deno.test("quantities are written for people", () => {
  assertEquals(count(31036481), "31,036,481");
  assertEquals([plural(1, "image"), plural(2000, "image")], ["1 image", "2,000 images"]);
  assertEquals(bytes(2 ** 30), "1 GiB");
  assertEquals(batchWords(4, 1), "batch 4");
  assertEquals(batchWords(4, 3), "steps of 3 batches of 4 (12 images)");
  assertEquals([flops(12), flops(4.54e9), flops(4.62e12)], ["12 FLOP", "4.54 GFLOP", "4.62 TFLOP"]);
  assertEquals([figure(0.12345), figure(null)], ["0.1235", "-"]);
  assertEquals(table([["a", "1"], ["long", "2"]]), "  a     1\n  long  2");
});

Deno.test("duration() changes its units where people do", () => {
  const cases: [number, string][] = [
    [0, "0.0 s"],
    [4210, "4.2 s"],
    [9960, "10 s"],
    [59_400, "59 s"],
    [59_600, "1 min 00 s"],
    [185_000, "3 min 05 s"],
    [3_600_000, "1 h 00 min"],
    [3_599_900, "1 h 00 min"],
    [7_795_000, "2 h 10 min"],
  ];
  for (const [ms, text] of cases) assertEquals(duration(ms), text);
});

Deno.test("parseNumber() takes numbers only", () => {
  assertEquals(["1", "-0.5", "1e-3", ".5", "2."].map(parseNumber), [1, -0.5, 1e-3, 0.5, 2]);
  for (const text of ["", " ", "five", "1,5", "NaN", "0x10", "Infinity", "1 2", "--1"]) {
    assertThrows(() => parseNumber(text), InvalidArgumentError);
  }
});

Deno.test("parseSize() takes a side or width x height", () => {
  assertEquals(parseSize("512"), { width: 512, height: 512 });
  assertEquals(parseSize("512x384"), { width: 512, height: 384 });
  for (const text of ["", "x", "512x", "-5", "5.5", "512X384x1", "1e3", "99999999999"]) {
    assertThrows(() => parseSize(text), InvalidArgumentError);
  }
});

Deno.test("parseBytes() knows decimal and binary units", () => {
  const cases: [string, number][] = [
    ["1024", 1024],
    ["2GiB", 2 ** 31],
    ["2gib", 2 ** 31],
    ["500 MB", 5e8],
    ["1.5G", 1.5e9],
    ["64Mi", 2 ** 26],
    ["7B", 7],
  ];
  for (const [text, expected] of cases) assertEquals(parseBytes(text), expected);
  for (const text of ["", "0", "lots", "-1G", "1T", "0.1", "1 G B"]) {
    assertThrows(() => parseBytes(text), InvalidArgumentError);
  }
});

Deno.test("shellWord() quotes what a shell would take apart", () => {
  assertEquals(shellWord("/data/busi-1_2"), "/data/busi-1_2");
  assertEquals(shellWord("my run"), "'my run'");
  assertEquals(shellWord("it's $HOME"), "'it'\\''s $HOME'");
  assertEquals(shellWord(""), "''");
});
