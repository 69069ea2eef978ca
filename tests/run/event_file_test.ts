import { assert, assertEquals, assertRejects } from "@std/assert";
import { FILES, InputError, trainRun } from "../../lib/mod.ts";
import { decodeGrey } from "../../lib/image/codecs/decode.ts";
import { type ReadEvent, readEvents } from "../support/events.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SETTINGS = { device: "cpu", threads: 2, sampleImages: 0, tensorboard: true } as const;
const CONFIG = { width: 32, height: 32, baseChannels: 2, epochs: 3, ema: 0.9 };
const PICTURES = "validation/image_mask_prediction";

function withImages(): Promise<MemoryStore> {
  return inTemporaryFolder((folder) => {
    writeSmallData(folder);
    return Promise.resolve(new MemoryStore(filesOf(folder)));
  });
}

function eventsOf(data: MemoryStore, name: string): ReadEvent[] {
  return readEvents(data.files.get(`runs/${name}/${FILES.events}`)!);
}

/** Events without what differs between equal runs. */
function withoutTimes(events: readonly ReadEvent[]) {
  return events.map(({ step, version, scalars, images }) => ({
    step,
    version,
    images,
    scalars: Object.entries(scalars).map(([tag, value]) =>
      tag.startsWith("seconds/") ? [tag] : [tag, value]
    ),
  }));
}

Deno.test("an event file has the history, the times and the pictures of each epoch once, also after a resume", async () => {
  const data = await withImages();
  const whole = await trainRun({ data, config: CONFIG, settings: SETTINGS, name: "whole" });
  const [version, ...events] = eventsOf(data, "whole");
  assertEquals(version.version, "brain.Event:2");
  const { history } = whole.progress;
  const scalars = events.filter(({ images }) => Object.keys(images).length === 0);
  assertEquals(scalars.map(({ step }) => step), [1, 2, 3]);
  scalars.forEach((event, index) => {
    const row = history[index];
    const { "seconds/train": train, "seconds/validation": validation, ...figures } = event.scalars;
    assert(train > 0 && validation > 0 && Math.abs(event.wallTime - Date.now() / 1000) < 3600);
    const expected = {
      "loss/train": row.trainLoss,
      "loss/validation": row.valLoss,
      "loss/validation_averaged": row.emaLoss,
      "dice/validation": row.valDice,
      "dice/validation_averaged": row.emaDice,
      "iou/validation": row.valIou,
      "iou/validation_averaged": row.emaIou,
      ...(row.lesionFree > 0 && { "false_alarms/validation": row.falseAlarms }),
      "learning_rate": row.learningRate,
    };
    assertEquals(
      figures,
      Object.fromEntries(
        Object.entries(expected).map(([tag, value]) => [tag, Math.fround(value!)]),
      ),
    );
  });
  const pictures = events.flatMap(({ step, images }) =>
    images[PICTURES] ? [{ step, ...images[PICTURES] }] : []
  );
  assertEquals(pictures.map(({ step }) => step), [1, 2, 3]);
  const snapshot = decodeGrey(data.files.get("runs/whole/snapshots/epoch 0003.png")!, "snapshot");
  const { png, width, height } = pictures[2];
  const picture = decodeGrey(png, "picture");
  assertEquals([picture.width, picture.height], [width, height]);
  assertEquals([width, height], [snapshot.width, 3 * snapshot.height]);
  assertEquals(picture.pixels.subarray(2 * width * snapshot.height), snapshot.pixels);

  // Stopped within the second epoch; then a record that a killed process did not finish.
  const stop = new AbortController();
  let epochs = 0;
  const display = {
    epochDone: () => void epochs++,
    batchDone: () => epochs === 1 && stop.abort(),
  };
  const { signal } = stop;
  await trainRun({ data, config: CONFIG, settings: SETTINGS, name: "parts", signal }, display);
  const path = `runs/parts/${FILES.events}`;
  assertEquals(eventsOf(data, "parts").at(-1)!.step, 1);
  await data.appendFile(path, data.files.get(path)!.slice(0, 30));
  await trainRun({ data, config: {}, settings: {}, resume: "parts" });
  assertEquals(withoutTimes(eventsOf(data, "parts")), withoutTimes([version, ...events]));

  // A finished run that was killed before its last record gets it, too.
  data.files.set(path, data.files.get(path)!.slice(0, -9));
  const again = () => trainRun({ data, config: {}, settings: {}, resume: "parts" });
  await assertRejects(again, InputError, "nothing to do");
  assertEquals(withoutTimes(eventsOf(data, "parts")), withoutTimes([version, ...events]));

  // A file that is right stays the one that TensorBoard may have opened.
  const right = data.files.get(path);
  await assertRejects(again, InputError, "nothing to do");
  assert(data.files.get(path) === right);
});

Deno.test("a resumed run that asks for event files first gets its earlier epochs, damaged pictures left out", async () => {
  const data = await withImages();
  const settings = { ...SETTINGS, tensorboard: false };
  const config = { ...CONFIG, epochs: 1 };
  await trainRun({ data, config, settings, name: "late" });
  assertEquals(data.files.has(`runs/late/${FILES.events}`), false);
  await data.writeFile("runs/late/snapshots/epoch 0001.png", "none");
  const warnings: string[] = [];
  await trainRun(
    { data, config: { epochs: 2 }, settings: { tensorboard: true }, resume: "late" },
    { warn: (text) => warnings.push(text), epochDone: () => data.remove("runs/late/timings.csv") },
  );
  const events = eventsOf(data, "late");
  assertEquals(events.map(({ step }) => step), [undefined, 1, 2, 2]);
  assert(warnings.some((text) => text.includes("epoch 0001.png")), warnings.join());
});
