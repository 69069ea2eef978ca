import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import type { Dataset } from "../../lib/dataset/samples.ts";
import { limited, patientsOf } from "../../lib/dataset/selection.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { batchSource } from "../../lib/train/batch_source.ts";
import { DEFAULT_CONFIG } from "../../lib/train/config.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const PAIRS = Array.from({ length: 40 }, (_, index) => ({
  image: `${index < 20 ? "benign" : "malignant"}/${String(index).padStart(2, "0")}.png`,
  masks: [],
}));

Deno.test("limited() takes some of each kind, in order, the same for a seed", () => {
  const some = limited(PAIRS, 12, 1);
  assertEquals(some.length, 12);
  assertEquals(some.map(({ image }) => image), some.map(({ image }) => image).sort());
  const benign = some.filter(({ image }) => image.startsWith("benign")).length;
  assertEquals(benign > 2 && benign < 10, true);
  assertEquals(limited(PAIRS, 12, 1), some);
  assertEquals(limited(PAIRS, null, 1), PAIRS);
  assertEquals(limited(PAIRS, 99, 1), PAIRS);
});

Deno.test("batchSource() shows every training image once per epoch, the test images in order", async () => {
  const dataset = (from: number, count: number): Dataset => ({
    width: 1,
    height: 1,
    samples: Array.from({ length: count }, (_, index) => ({
      path: "",
      masks: [],
      originalWidth: 1,
      originalHeight: 1,
      width: 1,
      height: 1,
      image: Uint8Array.of(from + index),
      maskLayers: [Uint8Array.of(255)],
      lesion: true,
    })),
    hashes: new Map(),
    counts: {
      images: count,
      masks: count,
      withSeveralMasks: 0,
      lesionFree: 0,
      softEdged: 0,
      full: 0,
      colour: 0,
      rescaled: [],
    },
  });
  const source = batchSource(dataset(0, 10), dataset(100, 3), { ...DEFAULT_CONFIG, batch: 4 });
  assertEquals([source.trainBatches, source.valBatches], [3, 1]);
  const epoch = async (number: number) => {
    const images: number[] = [];
    for (const index of [0, 1, 2]) images.push(...(await source.trainBatch(number, index)).images);
    return images;
  };
  const [first, second, again] = [await epoch(0), await epoch(1), await epoch(0)];
  assertEquals(first.toSorted((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assertEquals(again, first);
  assertEquals(String(second) === String(first), false);
  assertEquals([...source.valBatch(0).images], [100, 101, 102]);
});

Deno.test("patientsOf() takes TABLE:COLUMN, also where names have colons", async () => {
  const csv = new TextEncoder().encode("ID,a:b,Case\nx,1,2\n");
  const data = new MemoryStore([["t.csv", csv], ["t:u.csv", csv]]);
  const patientOf = async (patients: string) =>
    (await patientsOf(data, { patients }, ["x.png"])).patients?.get("x.png");
  assertEquals(await patientOf("t.csv"), "2");
  assertEquals(await patientOf("t.csv:a:b"), "1");
  assertEquals(await patientOf("t:u.csv"), "2");
  assertEquals(await patientOf("t:u.csv:Case"), "2");
  assertEquals(await patientsOf(data, {}, ["x.png"]), {});
  await assertRejects(() => patientOf("gone.csv:Case"), InputError, "gone.csv:Case");
});

Deno.test("patientsOf() refuses a huge table by its size, before it is read", () =>
  inTemporaryFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/t.csv`, "file,patient\n");
    Deno.truncateSync(`${folder}/t.csv`, 2 ** 30);
    const data = await DataFolder.open(folder);
    await assertRejects(
      () => patientsOf(data, { patients: "t.csv" }, ["x.png"]),
      InputError,
      "expected at most 16777216",
    );
  }));
