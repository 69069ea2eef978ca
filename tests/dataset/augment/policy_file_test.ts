import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../../lib/core/errors.ts";
import { parsePolicy } from "../../../lib/dataset/augment/policy.ts";
import { readPolicy } from "../../../lib/dataset/augment/policy_file.ts";
import { MemoryStore } from "../../support/memory_store.ts";

const GENTLE = "# gentle\r\nflip\n\n + affine(rotation=10, zoom=1.1) +  # turns\ngamma + noise\n";

Deno.test("readPolicy() reads a line for each ingredient, or the setting itself", async () => {
  const files = new MemoryStore([
    ["gentle.txt", new TextEncoder().encode(GENTLE)],
    ["named.TXT", new TextEncoder().encode("strong")],
  ]);
  const expected = parsePolicy("flip+affine(rotation=10,zoom=1.1)+gamma+noise");
  assertEquals(await readPolicy(files, "gentle.txt"), expected);
  assertEquals(await readPolicy(files, "named.TXT"), parsePolicy("strong"));
  assertEquals(await readPolicy(files, "flip+gamma"), parsePolicy("flip+gamma"));
});

Deno.test("readPolicy() refuses what is no policy, and names the file", async () => {
  const refused = async (content: string | Uint8Array<ArrayBuffer>, why: string) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const files = new MemoryStore([["a.txt", bytes]]);
    const error = await assertRejects(() => readPolicy(files, "a.txt"), InputError, why);
    assertEquals((error as InputError).message.includes("a.txt"), true);
  };
  await refused("", "names no ingredient");
  await refused("# flip\n", "names no ingredient");
  await refused("flip\nwobble\n", '"wobble" is no ingredient');
  await refused("flip\nflip\n", "flip occurs twice");
  await refused("affine(rotation=500)", "rotation of affine is not from 0 to 180");
  await refused("affine(p=1e999)", "p of affine is not from 0 to 1");
  await refused("__proto__", '"__proto__" is no ingredient');
  await refused('{"flip": {"p": 0.5}}', "is no ingredient");
  await refused("flip+".repeat(10_000), "is no ingredient");
  await refused("#".repeat(2 ** 17), "a.txt");
  await refused(Uint8Array.of(0xff, 0xfe, 0x00), "UTF-8");
  const none = new MemoryStore([]);
  await assertRejects(() => readPolicy(none, "gone.txt"), InputError, "gone.txt");
  await assertRejects(() => readPolicy(none, "gone.json"), InputError, "or a file NAME.txt");
});
