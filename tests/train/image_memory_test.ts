import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { spelled } from "../../lib/cli/options/flags.ts";
import { InputError } from "../../lib/core/errors.ts";
import { createCpuEngine } from "../../lib/engine/cpu/engine.ts";
import { DEFAULT_CONFIG } from "../../lib/train/config.ts";
import { checkImageMemory, imageBytes } from "../../lib/train/image_memory.ts";
import { checkBeforeReading } from "../../lib/train/preparation.ts";
import { run } from "../support/program.ts";
import { writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const pairs = Array.from({ length: 900 }, (_, k) => ({ masks: k === 0 ? [] : ["a", "b"] }));

Deno.test("imageBytes() counts a byte for each pixel of each image and mask", () => {
  assertEquals(imageBytes(pairs, { width: 4, height: 8 }), (900 + 2 * 899) * 32);
});

Deno.test("checkImageMemory() refuses by a sentence with the figures", () => {
  const large = { width: 5120, height: 5120 };
  const error = assertThrows(() => checkImageMemory(pairs, large, null), InputError);
  assertEquals(
    spelled((error as InputError).sentence),
    "900 images and 1,798 masks at 5120x5120 px need 65.9 GiB of memory, and 16 GiB may be used; use " +
      "a smaller --size or fewer images (--max-images), or allow more with --memory-limit",
  );
  checkImageMemory(pairs, large, 2 ** 37);
  checkImageMemory(pairs, { width: 512, height: 512 }, null);
});

Deno.test("checkBeforeReading() refuses a size at which not even one image fits", async () => {
  const engine = await createCpuEngine({ threads: 1, memoryLimit: 2 ** 30 });
  const size = (side: number) => ({ ...DEFAULT_CONFIG, width: side, height: side });
  await checkBeforeReading(engine, { ...size(16), baseChannels: 1, batch: 65536 });
  const refused = () => checkBeforeReading(engine, size(4096));
  await assertRejects(refused, InputError, "not even a batch of 1 fits");
  engine.close();
});

Deno.test("train refuses a size that fits no memory before it reads an image", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    // It cannot be decoded, which would be said if it was read.
    Deno.writeTextFileSync(`${data}/benign/benign (1).png`, "no picture");
    const small = ["--base-channels", "2", "--device", "cpu"];
    const images = await run("train", data, ...small, "--size", "4096", "--memory-limit", "128MB");
    assertEquals([images.code, images.stderr.includes("masks at 4096x4096 px need")], [2, true]);
    const plan = await run("train", data, ...small, "--size", "16384");
    assertEquals([plan.code, plan.stderr.includes("not even a batch of 1 fits")], [2, true]);
  }));
