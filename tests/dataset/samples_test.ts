import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { encode } from "fast-png";
import { InputError } from "../../lib/core/errors.ts";
import { makeBatch } from "../../lib/dataset/batches.ts";
import { discover } from "../../lib/dataset/discover.ts";
import { checkPairing } from "../../lib/dataset/check_pairing.ts";
import type { Pair } from "../../lib/dataset/pairing.ts";
import { loadSamples } from "../../lib/dataset/samples.ts";
import { resizeGrey } from "../../lib/image/resize.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { foldersWith, loadJson, loadTensors } from "../support/reference_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

type Paint = (x: number, y: number) => number;

/** A PNG of `width` x `height` px; with three channels the third is 0. */
function png(width: number, height: number, level: Paint, channels: 1 | 3 = 1): Uint8Array {
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    const value = level(i % width, Math.floor(i / width));
    for (let channel = 0; channel < Math.min(2, channels); channel++) {
      data[i * channels + channel] = value;
    }
  }
  return encode({ width, height, data, channels });
}

const disc = (centre: number, radius: number): Paint => (x, y) =>
  Math.hypot(x - centre, y - centre) < radius ? 255 : 0;
const ramp: Paint = (x, y) => 2 * x + y;

/** A data directory with these files and its pairs (images without masks are taken as empty). */
async function withData(
  files: Record<string, Uint8Array>,
  use: (data: DataFolder, pairs: Pair[]) => Promise<void>,
): Promise<void> {
  await inTemporaryFolder(async (root) => {
    for (const [name, bytes] of Object.entries(files)) {
      Deno.writeFileSync(`${root}/${name}`, bytes);
    }
    const data = await DataFolder.open(root);
    const pairing = await discover(data, { maskPattern: ["_mask"] });
    await use(data, checkPairing(pairing, { missingMasks: "empty" }));
  });
}

const SIZE = { height: 24, width: 32 };

Deno.test("loadSamples() resizes images and each mask from their own sizes and counts what it found", async () => {
  const soft: Paint = (x, y) => 255 / (1 + Math.exp(Math.hypot(x - 20, y - 20) - 9));
  const files = {
    "a.png": png(50, 40, ramp),
    "a_mask.png": png(50, 40, disc(20, 9)),
    "a_mask_1.png": png(31, 60, disc(10, 6)),
    "b.png": png(20, 20, ramp, 3),
    "b_mask.png": png(20, 20, (x, y) => disc(9, 4)(x, y) / 255),
    "c.png": png(20, 20, ramp),
    "c_mask.png": png(20, 20, () => 0),
    "d.png": png(20, 20, ramp),
    "e.png": png(40, 40, ramp),
    "e_mask.png": png(40, 40, soft),
    "f.png": png(20, 20, ramp),
    "f_mask.png": png(20, 20, () => 255),
  };
  await withData(files, async (data, pairs) => {
    const progress: number[][] = [];
    const dataset = await loadSamples(data, pairs, {
      ...SIZE,
      onProgress: (done, total) => progress.push([done, total]),
    });
    assertEquals(dataset.counts, {
      images: 6,
      masks: 6,
      withSeveralMasks: 1,
      lesionFree: 2,
      softEdged: 1,
      full: 1,
      colour: 1,
      rescaled: ["b_mask.png"],
    });
    assertEquals([dataset.height, dataset.width], [24, 32]);
    assertEquals(progress, [1, 2, 3, 4, 5, 6].map((done) => [done, 6]));

    const [a, b, c, d] = dataset.samples;
    assertEquals([a.path, a.masks], ["a.png", ["a_mask.png", "a_mask_1.png"]]);
    assertEquals([a.originalWidth, a.originalHeight, a.width, a.height], [50, 40, 32, 24]);
    const grey = (width: number, height: number, level: Paint) => ({
      width,
      height,
      pixels: Uint8Array.from(
        { length: width * height },
        (_, i) => level(i % width, Math.floor(i / width)),
      ),
    });
    assertEquals(a.image, resizeGrey(grey(50, 40, ramp), 32, 24).pixels);
    assertEquals(a.maskLayers, [
      resizeGrey(grey(50, 40, disc(20, 9)), 32, 24).pixels,
      resizeGrey(grey(31, 60, disc(10, 6)), 32, 24).pixels,
    ]);
    assertEquals(b.maskLayers, [resizeGrey(grey(20, 20, disc(9, 4)), 32, 24).pixels]);
    assertEquals([a.lesion, b.lesion, c.lesion, d.lesion], [true, true, false, false]);
    assertEquals(d.maskLayers, []);
  });
});

Deno.test("loadSamples() pads images of any shape, and masks where their images lie", async () => {
  const files = {
    "a.png": png(64, 24, ramp),
    "a_mask.png": png(64, 24, (x) => x < 32 ? 0 : 255),
    "a_mask_1.png": png(10, 10, (x) => x < 5 ? 255 : 0),
    "b.png": png(1, 500, () => 200),
    "b_mask.png": png(1, 500, (_, y) => y < 250 ? 255 : 0),
    "c.png": png(500, 1, () => 200),
    "c_mask.png": png(500, 1, (x) => x < 250 ? 255 : 0),
  };
  await withData(files, async (data, pairs) => {
    const load = (fit?: "pad" | "squash") =>
      loadSamples(data, pairs, { ...SIZE, ...(fit && { fit }) });
    const { samples: [a, b, c] } = await load("pad");
    const at = (bytes: Uint8Array, x: number, y: number) => bytes[y * 32 + x];
    // 64x24 becomes 32x12, six rows below the top.
    assertEquals([5, 6, 17, 18].map((y) => at(a.maskLayers[0], 31, y)), [0, 255, 255, 0]);
    assertEquals([5, 6, 17, 18].map((y) => at(a.maskLayers[1], 0, y)), [0, 255, 255, 0]);
    assertEquals([at(a.maskLayers[0], 0, 10), at(a.maskLayers[1], 31, 10)], [0, 0]);
    assertEquals([at(a.image, 31, 5) === 0, at(a.image, 31, 6) > 100], [true, true]);
    assertEquals([a.originalWidth, a.originalHeight], [64, 24]);
    // A line of one px in the middle.
    const columns = [14, 15, 16].map((x) => [at(b.image, x, 3), at(b.maskLayers[0], x, 3)]);
    assertEquals(columns, [[0, 0], [200, 255], [0, 0]]);
    assertEquals(at(b.maskLayers[0], 15, 20), 0);
    const rows = [10, 11, 12].map((y) => [at(c.image, 3, y), at(c.maskLayers[0], 3, y)]);
    assertEquals(rows, [[0, 0], [200, 255], [0, 0]]);
    assertEquals(await load("squash"), await load());
  });
});

Deno.test("loadSamples() finds a lesion that vanishes when it is resized", async () => {
  const files = {
    "a.png": png(640, 640, ramp),
    "a_mask.png": png(640, 640, (x, y) => x === 333 && y === 333 ? 255 : 0),
  };
  await withData(files, async (data, pairs) => {
    const { samples } = await loadSamples(data, pairs, { height: 16, width: 16 });
    assertEquals(Math.max(...samples[0].maskLayers[0]), 0);
    assertEquals(samples[0].lesion, true);
  });
});

Deno.test("loadSamples() lists all bad files together", async () => {
  const good = png(20, 20, ramp);
  const mask = png(20, 20, disc(9, 4));
  const files = {
    "a.png": good.subarray(0, good.length - 40),
    "a_mask.png": mask,
    "b.png": good,
    "b_mask.png": png(20, 20, (x) => x < 10 ? 0 : x < 15 ? 50 : 100),
    "c.png": new Uint8Array(0),
    "c_mask.png": png(20, 20, (x) => x < 10 ? 0 : x < 15 ? 50 : 100, 3),
    "d.png": new TextEncoder().encode("no image at all"),
    "d_mask.png": mask,
  };
  await withData(files, async (data, pairs) => {
    const { message } = await assertRejects(() => loadSamples(data, pairs, SIZE), InputError);
    assertStringIncludes(message, "5 files cannot be used");
    for (const name of ["a.png", "b_mask.png", "c.png", "c_mask.png", "d.png"]) {
      assertStringIncludes(message, `\n  ${name} `);
    }
  });
});

Deno.test("loadSamples() stops after ten bad files", async () => {
  const names = Array.from({ length: 15 }, (_, i) => `image${10 + i}.png`);
  const files = Object.fromEntries(names.map((name) => [name, new Uint8Array(3)]));
  await withData(files, async (data, pairs) => {
    const { message } = await assertRejects(() => loadSamples(data, pairs, SIZE), InputError);
    assertStringIncludes(message, "at least 10 files cannot be used");
    assertStringIncludes(message, "image19.png");
    assertEquals(message.includes("image20.png"), false);
  });
});

Deno.test("loadSamples() gives the plain sentence for a single bad file", async () => {
  const files = { "a.png": png(20, 20, ramp), "a_mask.png": png(20, 20, () => 9) };
  await withData(files, async (data, pairs) => {
    const { message } = await assertRejects(() => loadSamples(data, pairs, SIZE), InputError);
    assertStringIncludes(message, "a_mask.png has the grey level 9 everywhere");
    assertEquals(message.includes("\n"), false);
  });
});

Deno.test("loadSamples() stops when it is told to", async () => {
  const files = Object.fromEntries(["a", "b", "c"].map((name) => [`${name}.png`, png(9, 9, ramp)]));
  await withData(files, async (data, pairs) => {
    const controller = new AbortController();
    let done = 0;
    const loading = loadSamples(data, pairs, {
      ...SIZE,
      signal: controller.signal,
      onProgress: () => {
        done++;
        controller.abort(new Error("enough"));
      },
    });
    await assertRejects(() => loading, Error, "enough");
    assertEquals(done, 1);
  });
});

/** How the reference's JSON describes a case. */
interface Cases {
  cases: Record<string, { params: { image?: string; masks?: string[] } }>;
}

const FILE = "preprocess/preprocess";
for (const folder of foldersWith(`${FILE}.json`)) {
  const { cases } = loadJson<Cases>(folder, `${FILE}.json`);
  const tensors = loadTensors(folder, `${FILE}.safetensors`);
  for (const [name, { params: { image, masks } }] of Object.entries(cases)) {
    if (!image || !masks) continue;
    Deno.test(`from files to a batch: ${name} is the reference's, bit for bit (${folder.label})`, async () => {
      const data = await DataFolder.open(`${folder.path}/preprocess/png`);
      for (const size of [128, 512]) {
        if (!tensors[`${name}/image_u8_${size}`]) continue;
        const { samples } = await loadSamples(data, [{ image, masks }], {
          height: size,
          width: size,
        });
        const batch = makeBatch(samples, [0]);
        assertEquals(batch.images, tensors[`${name}/image_u8_${size}`].data);
        samples[0].maskLayers.forEach((layer, i) =>
          assertEquals(layer, tensors[`${name}/mask${i}_u8_${size}`].data)
        );
        const merged = tensors[`${name}/mask_f32_${size}`];
        if (merged) assertEquals(batch.masks, merged.data);
      }
    });
  }
}
