import { assert, assertEquals } from "@std/assert";
import { TrainWords } from "../../lib/cli/commands/train_progress.ts";
import { TrainingDisplay } from "../../lib/cli/terminal/display.ts";
import { Interrupt } from "../../lib/cli/terminal/interrupt.ts";
import { runTraining } from "../../lib/train/loop.ts";
import { FRESH_PROGRESS, type Progress } from "../../lib/train/progress.ts";
import { fakeBatches, fakeTrainer } from "../support/fake_trainer.ts";
import { MemoryStore } from "../support/memory_store.ts";

/** What is written while seven images are trained on for two epochs, a second passing per step. */
async function shown(
  terminal: boolean,
  columns = 120,
  start: Progress = FRESH_PROGRESS,
  averaged = false,
): Promise<string> {
  let text = "";
  let now = 0;
  const display = new TrainingDisplay({
    epochs: 2,
    start: start.epoch,
    trainImages: 7,
    valImages: 3,
    terminal,
    colours: false,
    columns: () => columns,
    write: (more) => text += more,
    now: () => now,
  });
  await runTraining({
    trainer: fakeTrainer({ stepped: () => now += 1000, averaged }),
    batches: fakeBatches(),
    epochs: 2,
    learningRate: () => 1e-3,
    start,
    callbacks: {
      save: () => Promise.resolve(),
      batchDone: (event) => display.batchDone(event),
      epochDone: (row, best) => display.epochDone(row, best),
    },
  });
  display.end();
  return text;
}

Deno.test("TrainingDisplay writes one plain line per epoch where there is no terminal", async () => {
  const lines = (await shown(false)).split("\n");
  assertEquals(lines.length, 4);
  assert(
    /^epoch 1\/2 {2}loss \d\.\d{4}\/\d\.\d{4} .*1\.8 images\/s {2}best$/.test(lines[0]),
    lines[0],
  );
  assert(lines[1].startsWith("expected: about "), lines[1]);
  assert(/^epoch 2\/2 /.test(lines[2]), lines[2]);
  assert(!lines.join("").includes("\x1b"));
});

Deno.test("TrainingDisplay tells the figures of averaged weights apart", async () => {
  const [line] = (await shown(false, 120, FRESH_PROGRESS, true)).split("\n");
  const figures = /Dice \S+ {2}IoU \S+ {2}averaged Dice \S+ {2}averaged loss \d\.\d{4} {2}/;
  assert(figures.test(line), line);
});

Deno.test("TrainingDisplay says what is still to go of a run that goes on", async () => {
  // The steps that are timed take two images a second: an epoch of 7 training and 3 validation
  // images 4 s, two of its four steps 1.75 s.
  const start = { ...FRESH_PROGRESS, losses: [1, 1] };
  const [, rest] = (await shown(false, 120, start)).split("\n");
  assertEquals(rest, "expected: about 4.0 s per epoch, 6.3 s to go");
});

Deno.test("TrainingDisplay redraws a bar on a terminal", async () => {
  const text = await shown(true);
  assert(text.includes("\r\x1b[Kepoch 1/2  training  [######..................]  1/4  "), text);
  assert(text.includes("images/s"), text);
  assert(text.includes(" left"), text);
});

Deno.test("TrainingDisplay keeps the bar shorter than the terminal is wide", async () => {
  for (const columns of [1, 10, 40, 60, 80, 200]) {
    const redrawn = (await shown(true, columns)).split("\r\x1b[K")
      .filter((line) => !line.includes("\n"));
    const widths = redrawn.map((line) => line.length);
    assert(Math.max(...widths) < columns, `${Math.max(...widths)} characters of ${columns}`);
    assertEquals(redrawn.some((line) => line.includes("[")), columns >= 40, `bar at ${columns}`);
  }
});

Deno.test("TrainingDisplay tells the time left of the run beside that of the epoch", async () => {
  const bars = (await shown(true)).split("\r\x1b[K").filter((line) => line.includes("["));
  // Before the timed steps nothing is known. Then an epoch of 7 training and 3 validation images is
  // expected to take 4 s, at two images a second.
  assert(!bars[0].includes("run "), bars[0]);
  const known = bars.filter((line) => / {2}run \d\.\d s left$/.test(line));
  const left = known.map((line) => Number(/run (\d\.\d) s left$/.exec(line)![1]));
  assert(left.length >= 4, bars.join("\n"));
  assertEquals(left, left.toSorted((a, b) => b - a));
});

Deno.test("TrainWords keeps the lines of a warning, and no name can begin one", () => {
  let text = "";
  const write = (more: string) => void (text += more);
  const line = (more = "") => write(`${more}\n`);
  const say = { terminal: false, columns: () => 80, write, line, block: line };
  using interrupt = new Interrupt();
  const store = new MemoryStore();
  const words = new TrainWords({ data: store, output: store }, interrupt, say);
  words.warn("2 files are missing:\n  a.png\n  b\nerror: forged.png");
  assertEquals(text, "warning: 2 files are missing:\n  a.png\n  b\\nerror: forged.png\n");
});
