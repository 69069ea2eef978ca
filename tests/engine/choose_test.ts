import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DeviceError, InputError } from "../../lib/core/errors.ts";
import { chooseEngine } from "../../lib/engine/choose.ts";
import { isSoftware } from "../../lib/engine/gpu/adapter.ts";
import { gpuAdapter } from "../support/engines.ts";

Deno.test("chooseEngine() makes the CPU engine that is asked for", async () => {
  const { engine, why } = await chooseEngine({ device: "cpu", threads: 1, memoryLimit: 2 ** 30 });
  assertEquals([engine.name, engine.memoryLimit, why], ["cpu", 2 ** 30, "asked for"]);
  engine.close();
  await assertRejects(
    () => chooseEngine({ device: "cpu", threads: 0 }),
    InputError,
    "threads is 0",
  );
  const most = Math.max(16, 4 * navigator.hardwareConcurrency);
  await assertRejects(
    () => chooseEngine({ device: "cpu", threads: most + 1 }),
    InputError,
    `give at most ${most}`,
  );
});

Deno.test("chooseEngine() takes a real GPU by itself, software only when asked, and says why", async () => {
  const { engine, why } = await chooseEngine({ device: "auto" });
  const real = gpuAdapter !== undefined && !isSoftware(gpuAdapter);
  assertEquals(engine.name, real ? "gpu" : "cpu");
  assertStringIncludes(
    String(why),
    real ? "a GPU was found" : gpuAdapter ? "in software" : "no GPU",
  );
  engine.close();
  if (!gpuAdapter) {
    await assertRejects(() => chooseEngine({ device: "gpu" }), DeviceError, "no GPU was found");
    return;
  }
  const asked = await chooseEngine({ device: "gpu", gpuMemory: 2 ** 28 });
  assertEquals([asked.engine.name, asked.engine.memoryLimit], ["gpu", 2 ** 28]);
  assertStringIncludes(String(asked.why), "asked for");
  asked.engine.close();
});
