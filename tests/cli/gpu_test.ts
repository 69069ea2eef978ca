/**
 * Training and predicting on the GPU, as a user does it.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { gpuAdapter } from "../support/engines.ts";
import { testOnGpu } from "../support/gpu_case.ts";
import { run } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SMALL = ["--size", "32", "--base-channels", "2", "--lr", "0.005", "--sample-images", "0"];
const ON_GPU = ["--device", "gpu"];

/** Runs a command that must succeed in silence on stderr; returns what it said. */
async function done(command: string, data: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, data, ...args);
  assertEquals([code, stderr], [0, ""], args.join(" "));
  return stdout;
}

testOnGpu(
  "train on the GPU in one go is train and resume, which may change the device",
  async (data) => {
    const words = await done(
      "train",
      data,
      ...SMALL,
      ...ON_GPU,
      "--epochs",
      "2",
      "--name",
      "whole",
    );
    assertMatch(words, /^ +device +gpu, /m);
    assertStringIncludes(words, "(asked for");
    assertStringIncludes(words, "GiB");
    await done("train", data, ...SMALL, ...ON_GPU, "--epochs", "1", "--name", "parts");
    const resumed = await done("train", data, "--resume", "parts", "--epochs", "2");
    assert(!resumed.includes("rounds differently"));
    for (const file of ["last.safetensors", "history.csv"]) {
      const [whole, parts] = ["whole", "parts"].map((name) =>
        filesOf(`${data}/runs/${name}`).get(file)
      );
      assertEquals(whole, parts, file);
    }

    const more = ["--epochs", "3", "--device", "cpu"];
    assertStringIncludes(
      await done("train", data, "--resume", "parts", ...more),
      "so far this run was computed with gpu, ",
    );
  },
);

testOnGpu(
  "a model trained on the CPU and then on the GPU predicts the same on either",
  async (data) => {
    await done("train", data, ...SMALL, "--device", "cpu", "--epochs", "1", "--name", "a");
    const resumed = await done("train", data, "--resume", "a", "--epochs", "2", ...ON_GPU);
    assertStringIncludes(resumed, "so far this run was computed with cpu, ");
    for (const device of ["cpu", "gpu"]) {
      const words = await done("predict", data, ".", "--device", device, "--out", device);
      assertStringIncludes(words, `device   ${device}, `);
    }
    const [cpu, gpu] = ["cpu", "gpu"].map((name) =>
      JSON.parse(Deno.readTextFileSync(`${data}/${name}/predictions.json`)).images
    );
    assert(cpu.length > 0);
    const numbers = (images: Record<string, unknown>[]) =>
      images.map(({ input, lesions, area_px }) => [input, lesions, area_px]);
    assertEquals(numbers(gpu), numbers(cpu));
  },
);

testOnGpu("--gpu-memory bounds what training may use and names the largest batch", async (data) => {
  const limited = (memory: string) =>
    run("train", data, ...SMALL, ...ON_GPU, "--batch", "8", "--gpu-memory", memory);
  const { code, stderr } = await limited("800KB");
  assertEquals(code, 2, stderr);
  assertStringIncludes(stderr, "781 kiB may be used; the largest batch that fits is");
  const none = await limited("1KB");
  assertEquals(none.code, 2);
  assertStringIncludes(none.stderr, "or a larger --gpu-memory");
});

Deno.test("--device gpu without a GPU ends with code 3 and says what to do", {
  ignore: gpuAdapter !== undefined,
}, () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data);
    const { code, stderr } = await run("train", data, ...SMALL, ...ON_GPU);
    assertEquals(code, 3);
    assertStringIncludes(stderr, "no GPU was found");
  }));
