import { assertEquals } from "@std/assert";
import { imageRecord, scalarsRecord, versionRecord } from "../../lib/formats/tensorboard.ts";
import { joined } from "../../lib/core/joined.ts";
import { readEvents } from "../support/events.ts";

Deno.test("an event file tells its version, then figures and pictures with time and step", () => {
  const png = Uint8Array.of(137, 80, 78, 71);
  const file = joined([
    versionRecord(1.5),
    scalarsRecord({ wallTime: 1_795_000_000.25, step: 1 }, { "loss/train": 0.5, "dice": -2 }),
    imageRecord({ wallTime: 7, step: 300 }, "a/b", { width: 200, height: 3, png }),
  ]);
  const about = { version: undefined, scalars: {}, images: {} };
  assertEquals(readEvents(file), [
    { ...about, wallTime: 1.5, step: undefined, version: "brain.Event:2" },
    { ...about, wallTime: 1_795_000_000.25, step: 1, scalars: { "loss/train": 0.5, dice: -2 } },
    {
      ...about,
      wallTime: 7,
      step: 300,
      images: { "a/b": { width: 200, height: 3, colours: 1, png } },
    },
  ]);
});

Deno.test("the first record has the bytes that other writers give it", () => {
  // 24 bytes; the file version of TensorFlow and torch.utils.tensorboard at the time 0.
  const hex = "1800000000000000" + "a37f4b22" + "090000000000000000" +
    "1a0d627261696e2e4576656e743a32";
  const record = versionRecord(0);
  assertEquals(record.subarray(0, hex.length / 2).toHex(), hex);
  assertEquals(record.length, hex.length / 2 + 4);
});
