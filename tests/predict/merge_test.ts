import { assertEquals } from "@std/assert";
import { encode } from "fast-png";
import { decodeImage } from "../../lib/image/codecs/decode.ts";
import { mergeParts } from "../../lib/predict/merge.ts";
import { partJson } from "../../lib/predict/shards.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { PART_SETTINGS } from "../support/part_settings.ts";

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
