import { assert, assertEquals, assertThrows } from "@std/assert";
import { parse } from "@std/csv";
import fc from "fast-check";
import { checkLines, csvText, withoutGuard } from "../../lib/core/csv.ts";
import { InputError } from "../../lib/core/errors.ts";
import { historyFromCsv } from "../../lib/run/history_csv.ts";
import { Timings } from "../../lib/run/timings.ts";

Deno.test("a text that begins like a formula gets an apostrophe, a number none", () => {
  const rows = ["=cmd|' /C calc'!A0.png", "+1+1.png", "-2.png", "@SUM(1).png", "\tx", "'=1", "＝1"];
  const text = csvText(["image", "n"], rows.map((image) => ({ image, n: -1.5 })));
  assertEquals(
    text,
    "image,n\n'=cmd|' /C calc'!A0.png,-1.5\n'+1+1.png,-1.5\n'-2.png,-1.5\n'@SUM(1).png,-1.5\n" +
      "'\tx,-1.5\n''=1,-1.5\n'＝1,-1.5\n",
  );
});

Deno.test("a lone carriage return is quoted, so a reader sees one row", () => {
  assertEquals(
    csvText(["a"], [{ a: "x\ry" }, { a: 'say "x"' }], "\r\n"),
    'a\r\n"x\ry"\r\n"say ""x"""\r\n',
  );
});

Deno.test("every text comes back from its cell, and none begins a formula", () => {
  const text = fc.string({ unit: fc.constantFrom(..."ab'=+-@\t\r\n,\" ") });
  fc.assert(fc.property(fc.array(fc.record({ a: text, b: text }), { minLength: 1 }), (rows) => {
    const read = parse(csvText(["a", "b"], rows), { skipFirstRow: true });
    // The reader makes LF of CRLF.
    const plain = (value: string) => value.replaceAll(/\r+\n/g, "\n");
    assertEquals(
      read.map(({ a, b }) => ({ a: plain(withoutGuard(a)), b: plain(withoutGuard(b)) })),
      rows.map(({ a, b }) => ({ a: plain(a), b: plain(b) })),
    );
    assert(read.every(({ a, b }) => !/^[=+\-@\t\r\n]/.test(a) && !/^[=+\-@\t\r\n]/.test(b)));
  }));
});

Deno.test("a table of a million rows may be read, a longer one or an endless line may not", () => {
  checkLines("epoch\n" + "1\n".repeat(1_000_000), "t.csv");
  checkLines("x".repeat(2 ** 16), "t.csv");
  const longer = "epoch\n" + "1\n".repeat(1_000_001);
  assertThrows(() => checkLines(longer, "t.csv"), InputError, "t.csv has 1000001 rows");
  const endless = `${new Timings().toCsv()}${"x".repeat(2 ** 16 + 1)}`;
  for (const read of [historyFromCsv, Timings.fromCsv]) {
    assertThrows(() => read(endless, "t.csv"), InputError, "a line of more than 65536 letters");
  }
});
