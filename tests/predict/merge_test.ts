import { assertEquals, assertRejects } from "@std/assert";
import { encode } from "fast-png";
import { InputError } from "../../lib/core/errors.ts";
import { decodeImage } from "../../lib/image/codecs/decode.ts";
import { mergeParts } from "../../lib/predict/merge.ts";
import { type Part, partJson } from "../../lib/predict/shards.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { PART_SETTINGS } from "../support/part_settings.ts";

/** A store with both parts of a prediction of two images, each part with its own settings. */
async function storeWith(...settings: Part["settings"][]): Promise<MemoryStore> {
  const png = encode({ width: 4, height: 4, channels: 1, depth: 8, data: new Uint8Array(16) });
  const store = new MemoryStore();
  for (const [k, own] of settings.entries()) {
    const [mask, probability, overlay] = ["mask", "probability", "overlay"]
      .map((kind) => `${k}_${kind}.png`);
    for (const name of [mask, probability, overlay]) await store.writeFile(`out/${name}`, png);
    const entry = { input: `${k}.png`, width: 4, height: 4, area_px: 0, mean_probability: null };
    const part = {
      ...{ shard: k + 1, shards: settings.length, images: settings.length, list_sha256: "" },
      settings: own,
      unusable: [],
      results: [{ ...entry, mask, probability, overlay, lesions: [] }],
    };
    await store.writeFile(
      `out/predictions.parts/${k + 1}-of-${settings.length}.json`,
      partJson(part),
    );
  }
  return store;
}

const ALONE = { ...PART_SETTINGS, tta: "none" as const };

Deno.test("mergeParts() joins parts with equal lists in their settings", async () => {
  const { model, model_sha256, network_width, network_height, fit, mean, std } = ALONE;
  const member = { model, model_sha256, network_width, network_height, fit, mean, std };
  const settings = () => ({
    ...ALONE,
    mm_per_px: [0.1, 0.2] as const,
    spacings: "mm.csv",
    spacings_sha256: "ab",
    members: [{ ...member }, { ...member, mean: 0.5 }],
  });
  const store = await storeWith(settings(), settings());
  assertEquals((await mergeParts(store, "out")).images.length, 2);
  const { mm_per_px, spacings, members } = JSON.parse(await store.readText("out/predictions.json"));
  assertEquals([mm_per_px, spacings, members.length], [[0.1, 0.2], "mm.csv", 2]);
  const other = await storeWith(settings(), { ...settings(), members: [member, member] });
  await assertRejects(() => mergeParts(other, "out"), InputError, "members is");
});

Deno.test("mergeParts() refuses parts whose pixels have other sizes, whichever part says them", async () => {
  const given = { ...ALONE, spacings: "mm.csv", spacings_sha256: "ab" };
  const others = [
    [{ ...ALONE, mm_per_px: 0.1 }, "mm_per_px is 0.1 and null"],
    [{ ...ALONE, mm_per_px: [0.1, 0.2] as const }, "mm_per_px is [0.1,0.2] and null"],
    [given, "spacings is mm.csv and absent"],
  ] as const;
  for (const [other, words] of others) {
    const store = await storeWith(other, ALONE);
    await assertRejects(() => mergeParts(store, "out"), InputError, words);
    const turned = await storeWith(ALONE, other);
    await assertRejects(() => mergeParts(turned, "out"), InputError, "different settings");
  }
  const store = await storeWith(given, { ...given, spacings_sha256: "cd" });
  await assertRejects(() => mergeParts(store, "out"), InputError, "spacings_sha256 is ab and cd");
});

for (const channels of [1, 2, 3, 4]) {
  Deno.test(`mergeParts() takes an overlay that was saved with ${channels} channels`, async () => {
    const data = Uint8Array.from({ length: 4 * 4 * channels }, (_, i) => i);
    const png = encode({ width: 4, height: 4, channels, depth: 8, data });
    const names = ["mask", "probability", "overlay"].map((kind) => `a_${kind}.png`);
    const store = new MemoryStore(names.map((name) => [`out/${name}`, png] as const));
    const [mask, probability, overlay] = names;
    const files = { mask, probability, overlay };
    const entry = { input: "a.png", width: 4, height: 4, area_px: 0, mean_probability: null };
    const part = {
      shard: 1,
      shards: 1,
      images: 1,
      list_sha256: "",
      settings: { ...PART_SETTINGS, tta: "none" as const },
      unusable: [],
      results: [{ ...entry, ...files, lesions: [] }],
    };
    await store.writeFile("out/predictions.parts/1-of-1.json", partJson(part));
    assertEquals((await mergeParts(store, "out")).images.length, 1);
    const sheet = decodeImage(await store.readFile("out/contact_sheet.png"), "sheet");
    assertEquals(sheet.channels, 3);
  });
}
