import { assertEquals, assertThrows } from "@std/assert";
import type { Batch } from "../../lib/core/batch.ts";
import { InputError } from "../../lib/core/errors.ts";
import { decodeGrey } from "../../lib/image/codecs/decode.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import {
  epochOfSnapshot,
  isSnapshotEpoch,
  readSnapshot,
  snapshotFile,
  snapshotPicture,
  snapshotTruth,
} from "../../lib/run/snapshots.ts";
import { fakeBatches, fakeTrainer } from "../support/fake_trainer.ts";

const kept = (every: number | null, to = 60) =>
  Array.from({ length: to }, (_, index) => index + 1).filter((e) => isSnapshotEpoch(e, every));

Deno.test("isSnapshotEpoch() keeps epochs ever more rarely, or every so many, or none", () => {
  assertEquals(kept(null), [1, 2, 3, 5, 8, 13, 21, 34, 55]);
  assertEquals(kept(20), [1, 20, 40, 60]);
  assertEquals(kept(1, 4), [1, 2, 3, 4]);
  assertEquals(kept(0), []);
  assertEquals(isSnapshotEpoch(0, null), false);
});

Deno.test("epochOfSnapshot() reads what snapshotFile() writes and nothing else", () => {
  for (const epoch of [1, 987, 123456]) assertEquals(epochOfSnapshot(snapshotFile(epoch)), epoch);
  for (const name of ["images.png", "epoch 1.png", "epoch 0001.png.partial", "epoch -001.png"]) {
    assertEquals(epochOfSnapshot(name), undefined, name);
  }
});

Deno.test("snapshots hold the first test images side by side, and readSnapshot() parts them", async () => {
  const batches = fakeBatches();
  const size = { width: 2, height: 2 };
  const { images, truth } = snapshotTruth(batches);
  const first = [100, 101, 2, 3];
  assertEquals(readSnapshot(images, "images.png", size).map(({ pixels }) => [...pixels]), [
    first,
    [110, 111, 2, 3],
    [120, 121, 2, 3],
  ]);
  assertEquals(readSnapshot(truth, "truth.png", size).length, 3);
  const logits = (batch: Batch) =>
    Promise.resolve(
      Float32Array.from({ length: 4 * batch.n }, (_, k) => [0, 1e-3, -30, 30][k % 4]),
    );
  const picture = await snapshotPicture({ ...fakeTrainer(), logits }, batches);
  assertEquals(decodeGrey(picture, "").width, 6);
  for (const { pixels } of readSnapshot(picture, "", size)) {
    assertEquals([...pixels], [127, 128, 0, 255]);
  }
});

Deno.test("readSnapshot() refuses pictures of other sizes", () => {
  const picture = (width: number, height: number) =>
    encodeGrey({ width, height, pixels: new Uint8Array(width * height) });
  const size = { width: 4, height: 3 };
  for (const bytes of [picture(4, 4), picture(6, 3), picture(28, 3)]) {
    assertThrows(
      () => readSnapshot(bytes, "epoch 0001.png", size),
      InputError,
      "epoch 0001.png has",
    );
  }
});
