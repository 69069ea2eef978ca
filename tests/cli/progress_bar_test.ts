import { assert, assertEquals } from "@std/assert";
import { ProgressBar } from "../../lib/cli/terminal/progress_bar.ts";

/** A bar over ten images at two per second, and what it writes. */
function watched(terminal: boolean, columns = 80) {
  const texts: string[] = [];
  let time = 0;
  const write = (text: string) => void texts.push(text);
  const say = {
    terminal,
    columns: () => columns,
    write,
    line: (text = "") => write(`${text}\n`),
    block: write,
  };
  const options = { doing: "evaluating", things: "images", total: 10, say, now: () => time };
  const bar = new ProgressBar(options);
  return {
    texts,
    bar,
    step(count: number, ms: number) {
      time = ms;
      bar.done(count);
    },
  };
}

Deno.test("a ProgressBar on a terminal shows count, speed and time left, and vanishes", () => {
  const { texts, bar, step } = watched(true);
  step(5, 2500);
  assertEquals(texts, [
    "\r\x1b[Kevaluating  [############............]  5/10  2.0 images/s  2.5 s left",
  ]);
  step(6, 2550);
  assertEquals(texts.length, 1, "not redrawn within a tenth of a second");
  bar.end();
  assertEquals(texts[1], "\r\x1b[K");
});

const LINE_40 = "evaluating  5/10  2.5 s left";
const LINE_60 = "evaluating  [#######......]  5/10  2.0 images/s  2.5 s left";

Deno.test("a ProgressBar never fills its line, and cuts no number", () => {
  for (const columns of [1, 20, 40, 60] as const) {
    const { texts, step } = watched(true, columns);
    step(5, 2500);
    const line = texts[0].slice("\r\x1b[K".length);
    assert(line.length < columns, texts[0]);
    // What is left is whole.
    assertEquals(line, { 1: "", 20: "5/10  2.5 s left", 40: LINE_40, 60: LINE_60 }[columns]);
  }
});

Deno.test("a ProgressBar in a file is a line now and then", () => {
  const { texts, bar, step } = watched(false);
  step(2, 10_000);
  step(3, 15_000);
  step(4, 20_000);
  bar.end();
  assertEquals(texts, ["evaluating  3/10  0.2 images/s  35 s left\n"]);
});
