/**
 * Thresholds, classes and annotations through whole workflows: train, resume, evaluate, inspect.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { sha256 } from "../../lib/core/hash.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { inspectFolder } from "../../lib/inspect/inspect_folder.ts";
import { writeInspection } from "../../lib/inspect/write_inspection.ts";
import { evaluateModel } from "../../lib/run/evaluate_model.ts";
import { trainRun } from "../../lib/run/train_run.ts";
import type { TrainingConfig } from "../../lib/train/config.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { paint } from "../support/soft_masks.ts";

const SIDE = 20;
const NAMES = ["a", "b", "c", "d", "e"];
const CONFIG = { width: 16, height: 16, baseChannels: 1, epochs: 1, split: "random" } as const;
const SETTINGS = { device: "cpu", threads: 1, sampleImages: 0 } as const;

/** The lesion of each image: 6 px wide, k + 4 px high. */
const LEFT = 3, TOP = 2, WIDTH = 6;
const heightOf = (k: number) => k + 4;
const areas = NAMES.map((_, k) => WIDTH * heightOf(k));
const isLesion = (k: number, x: number, y: number) =>
  x >= LEFT && x < LEFT + WIDTH && y >= TOP && y < TOP + heightOf(k);

const images = NAMES.map((name, k) =>
  [
    `${name}.png`,
    encodeGrey(paint(SIDE, SIDE, (x, y) => 40 + 7 * ((x * (k + 3) + y * y) % 23))),
  ] as const
);

const masks = (level: (k: number, x: number, y: number) => number) =>
  NAMES.map((name, k) =>
    [`${name}_mask.png`, encodeGrey(paint(SIDE, SIDE, (x, y) => level(k, x, y)))] as const
  );

/** Label maps: 2 in the lesion, 1 around it. */
const LABEL_MAPS = masks((k, x, y) => isLesion(k, x, y) ? 2 : x < 14 ? 1 : 0);

/** Masks so blurred that they have no black: at least 128 in the lesion. */
const BLURRED = masks((k, x, y) => isLesion(k, x, y) ? 128 + x : 100 - y);

const COCO = {
  images: NAMES.map((name, id) => ({ id, file_name: `${name}.png`, width: SIDE, height: SIDE })),
  annotations: NAMES.map((_, k) => {
    const [right, bottom] = [LEFT + WIDTH, TOP + heightOf(k)];
    return {
      image_id: k,
      category_id: 7,
      segmentation: [[LEFT, TOP, right, TOP, right, bottom, LEFT, bottom]],
    };
  }),
  categories: [{ id: 7, name: "lesion" }],
};
const text = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));

const read = (store: MemoryStore, path: string) =>
  JSON.parse(new TextDecoder().decode(store.files.get(path)));

function train(data: MemoryStore, config: Partial<TrainingConfig>) {
  return trainRun({ data, config: { ...CONFIG, ...config }, settings: SETTINGS, name: "r" });
}

const resume = (data: MemoryStore, config: Partial<TrainingConfig> = {}) =>
  trainRun({ data, config: { epochs: 2, ...config }, settings: SETTINGS, resume: "r" });

/** The true areas of the images by an evaluation. */
async function evaluatedAreas(data: MemoryStore, more: Record<string, unknown> = {}) {
  const settings = SETTINGS;
  const bootstrap = { resamples: 5, seed: 0, level: 0.95 };
  const outcome = await evaluateModel({ data, settings, bootstrap, images: ".", ...more });
  return outcome!.results.cases.map(({ truth_px }) => truth_px);
}

for (
  const [what, files, config, saved] of [
    ["a class of label maps", LABEL_MAPS, { maskClass: "2" }, { mask_class: "2" }],
    ["a threshold", BLURRED, { maskThreshold: 128 }, { mask_threshold: 128 }],
  ] as const
) {
  Deno.test(`${what} is kept by resume, evaluate and the report, and used by inspect`, async () => {
    const data = new MemoryStore([...images, ...files]);
    await assertRejects(() => train(data, {}), InputError, "files cannot be used");
    await train(data, config);
    assertEquals(
      { ...read(data, "runs/r/config.json"), ...saved },
      read(data, "runs/r/config.json"),
    );
    assertEquals(await evaluatedAreas(data), areas);
    await resume(data);
    const other = what === "a threshold" ? { maskThreshold: 90 } : { maskClass: "1" };
    await assertRejects(() => resume(data, { epochs: 3, ...other }), InputError, "cannot change");
    // Another rule replaces that of training.
    assert((await evaluatedAreas(data, other)).every((area, k) => area > areas[k]));
    const search = { maskPattern: ["_mask"], missingMasks: "error" } as const;
    const { findings } = await inspectFolder(data, { ...search, ...config });
    assertEquals(findings.filter(({ severity }) => severity === "error"), []);
    const without = await inspectFolder(data, search);
    assertEquals(
      without.findings.find(({ kind }) => kind === "mask_unusable")?.cases.length,
      NAMES.length,
    );
  });
}

Deno.test("a class that no mask has is refused by train, evaluate and inspect", async () => {
  const data = new MemoryStore([...images, ...LABEL_MAPS]);
  const maskClass = "9";
  const words = "maskClass 9 is in none of the masks; they have grey levels 0";
  await assertRejects(() => train(data, { maskClass }), InputError, words);
  const search = { maskPattern: ["_mask"], missingMasks: "error" } as const;
  await assertRejects(() => inspectFolder(data, { ...search, maskClass }), InputError, words);
  const both = "maskThreshold and maskClass both say";
  await assertRejects(() => train(data, { maskClass, maskThreshold: 5 }), InputError, both);
  await train(data, { maskClass: "2" });
  await assertRejects(() => evaluatedAreas(data, { maskClass }), InputError, words);
  const rules = { maskClass: "2", maskThreshold: 5 };
  await assertRejects(() => evaluatedAreas(data, rules), InputError, both);
});

Deno.test("a COCO file goes through train, resume, evaluate and inspect, and is read once", async () => {
  const data = new MemoryStore([...images, ["c.json", text(COCO)]]);
  await train(data, {});
  const before = data.reads.slice(0, data.reads.findIndex((path) => path.startsWith("runs/")));
  assertEquals(before.filter((path) => path === "c.json").length, 1);
  assertEquals(read(data, "runs/r/config.json").masks, "c.json");
  const { inputs } = read(data, "runs/r/manifest.json");
  const hash = await sha256(data.files.get("c.json")!);
  for (const [k, name] of NAMES.entries()) {
    assertEquals(inputs[`c.json#/images/${k}`], hash);
    assertEquals(inputs[`${name}.png`], await sha256(data.files.get(`${name}.png`)!));
  }
  assertEquals(await evaluatedAreas(data), areas);
  await resume(data);
  const request = { data, missingMasks: "error", out: "found" } as const;
  const { inspection } = await writeInspection(request);
  assertEquals([inspection.images, inspection.masks], [5, 5]);
  assertStringIncludes(inspection.layout, "annotations in c.json (COCO)");
  assertEquals(inspection.findings.filter(({ severity }) => severity === "error"), []);

  // Another outline is another input.
  data.files.set("c.json", text({ ...COCO, annotations: COCO.annotations.slice(1) }));
  await assertRejects(() => resume(data, { epochs: 3 }), InputError, "changed since the run began");
});

Deno.test("labelme files are found again by a resumed run, beside masks that came later", async () => {
  const files = NAMES.map((name, k) => {
    const [right, bottom] = [LEFT + WIDTH, TOP + heightOf(k)];
    const shape = {
      label: "lesion",
      shape_type: "rectangle",
      points: [[LEFT, TOP], [right, bottom]],
    };
    const size = { imageWidth: SIDE, imageHeight: SIDE };
    return [`${name}.json`, text({ shapes: [shape], imagePath: `${name}.png`, ...size })] as const;
  });
  const data = new MemoryStore([...images, ...files]);
  await train(data, {});
  assertEquals(await evaluatedAreas(data), areas);
  assertEquals(read(data, "runs/r/config.json").masks, null);
  await resume(data);
});
