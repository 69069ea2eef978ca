import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { Spacings } from "../../lib/dataset/spacings.ts";
import { evaluateImages } from "../../lib/evaluate/evaluate.ts";
import { loadCase } from "../../lib/evaluate/truth.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SIDE = 16;
const GOOD = encodeGrey({ width: SIDE, height: SIDE, pixels: new Uint8Array(SIDE ** 2) });
const GREY_MASK = encodeGrey({
  width: SIDE,
  height: SIDE,
  pixels: new Uint8Array(SIDE ** 2).fill(9),
});
const CUT = GOOD.slice(0, GOOD.length - 20);

/**
 * The images that are evaluated and the message of the refusal, for images and masks by the letter
 * of their pair.
 */
async function refusal(
  files: readonly (readonly [image: Uint8Array, mask: Uint8Array])[],
): Promise<{ message: string; evaluated: string[] }> {
  const evaluated: string[] = [];
  let message = "";
  await inTemporaryFolder(async (folder) => {
    const data = await DataFolder.open(folder);
    const pairs = [];
    for (const [index, [image, mask]] of files.entries()) {
      const name = String.fromCharCode(97 + index);
      await data.writeFile(`${name}.png`, image);
      await data.writeFile(`${name}_mask.png`, mask);
      pairs.push({ image: `${name}.png`, masks: [`${name}_mask.png`] });
    }
    const predictor = {
      run: (images: Uint8Array) => Promise.resolve(new Float32Array(images.length).fill(-1)),
      close() {},
    };
    const job = {
      data,
      pairs,
      models: [{ predictor, input: { width: SIDE, height: SIDE, fit: "squash" as const } }],
      threshold: 0.5,
      classes: new Map<string, string>(),
      groups: new Map<string, string>(),
    };
    const error = await assertRejects(async () => {
      for await (const { pair } of evaluateImages(job)) evaluated.push(pair.image);
    }, InputError);
    message = error.message;
  });
  return { message, evaluated };
}

Deno.test("evaluateImages() lists all bad files together, and evaluates none after the first", async () => {
  const { message, evaluated } = await refusal([
    [GOOD, GOOD],
    [CUT, GREY_MASK],
    [GOOD, GOOD],
    [GOOD, GREY_MASK],
  ]);
  assertEquals(evaluated, ["a.png"]);
  const lines = message.split("\n").map((line) => line.trim().split(" ")[0]);
  assertEquals(lines, ["3", "b.png", "b_mask.png", "d_mask.png"]);
});

Deno.test("evaluateImages() stops after ten bad files", async () => {
  const { message } = await refusal(Array.from({ length: 14 }, () => [CUT, GOOD] as const));
  assertStringIncludes(message, "at least 10 files cannot be used");
  assertEquals(message.split("\n").length, 11);
  assertEquals(message.includes("k.png"), false);
});

Deno.test("evaluateImages() gives the plain sentence for a single bad file", async () => {
  const { message } = await refusal([[GOOD, GREY_MASK], [GOOD, GOOD]]);
  assertStringIncludes(message, "a_mask.png has the grey level 9 everywhere");
  assertEquals(message.includes("\n"), false);
});

Deno.test("loadCase() refuses an image of which any file is bad", () =>
  inTemporaryFolder(async (folder) => {
    const data = await DataFolder.open(folder);
    await data.writeFile("a.png", GOOD);
    await data.writeFile("a_mask.png", CUT);
    const pair = { image: "a.png", masks: ["a_mask.png"] };
    await assertRejects(() => loadCase(data, pair), InputError, "a_mask.png");
  }));

Deno.test("evaluateImages() measures in mm at each image's own size, and at another one", async () => {
  const [width, height] = [40, 20];
  const drawn = (right: number) =>
    encodeGrey({
      width,
      height,
      pixels: Uint8Array.from({ length: width * height }, (_, i) => {
        const [x, y] = [i % width, Math.floor(i / width)];
        return x >= 10 && x < right && y >= 5 && y < 15 ? 255 : 0;
      }),
    });
  const store = new MemoryStore([
    ["a.png", drawn(30)],
    ["a_mask.png", drawn(26)],
    ["mm.csv", new TextEncoder().encode("image,mm_per_px_x,mm_per_px_y\na,0.1,0.3\n")],
  ]);
  const spacings = await Spacings.of(store, { spacings: "mm.csv" }, ["a.png"]);
  const predictor = {
    run: (images: Uint8Array) =>
      Promise.resolve(Float32Array.from(images, (value) => value > 127 ? 9 : -9)),
    close() {},
  };
  const measured = async (evalSize?: { width: number; height: number }) => {
    const [{ answers }] = await Array.fromAsync(evaluateImages({
      data: store,
      pairs: [{ image: "a.png", masks: ["a_mask.png"] }],
      models: [{ predictor, input: { width, height, fit: "squash" } }],
      threshold: 0.5,
      classes: new Map(),
      groups: new Map(),
      spacings,
      ...(evalSize && { evalSize }),
    }));
    return answers[0].measured.result.millimetres!;
  };
  // 4 columns too many: 0.4 mm, and 4 x 10 pixels of 0.03 mm2.
  const own = await measured();
  assertEquals([own.mm_per_px, own.hd95_mm], [[0.1, 0.3], 4 * 0.1]);
  assertAlmostEquals(own.area_error_mm2, 1.2, 1e-12);
  assertAlmostEquals(own.truth_mm2, 160 * 0.03, 1e-12);
  // At half the width and twice the height the same lesion is as large in mm.
  const other = await measured({ width: 20, height: 40 });
  assertEquals(other.mm_per_px, [0.2, 0.15]);
  assertAlmostEquals(other.hd95_mm!, 0.4, 1e-12);
  assertAlmostEquals(other.truth_mm2, own.truth_mm2, 1e-12);
});
