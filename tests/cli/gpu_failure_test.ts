/**
 * What happens to a run when its GPU fails.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { train } from "../../lib/cli/commands/train.ts";
import { spelled } from "../../lib/cli/options/flags.ts";
import { TASK } from "../../lib/cli/words/task.ts";
import { DeviceError, OutOfMemoryError } from "../../lib/core/errors.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { gpuAdapter } from "../support/engines.ts";
import { losableAdapter, smallAdapter } from "../support/frail_adapter.ts";
import { testOnGpu } from "../support/gpu_case.ts";
import { filesOf } from "../support/small_data.ts";

const CONFIG = { width: 32, height: 32, baseChannels: 2, epochs: 3, batch: 8 };
const SETTINGS = { device: "gpu", sampleImages: 0, snapshotEvery: 0 } as const;

/** Trains in this process on an adapter; `heard` gets every word that is said. */
async function trainOn(
  adapter: GPUAdapter,
  request: Omit<Parameters<typeof train>[0], "data">,
  data: string,
  heard: (words: string) => void = () => {},
) {
  const requestAdapter = GPU.prototype.requestAdapter;
  GPU.prototype.requestAdapter = () => Promise.resolve(adapter);
  try {
    const folder = await DataFolder.open(data);
    return await train({ data: folder, ...request }, {
      terminal: false,
      columns: () => 80,
      write: heard,
      line: (text = "") => heard(text),
      block: heard,
    });
  } finally {
    GPU.prototype.requestAdapter = requestAdapter;
  }
}

testOnGpu(
  "a GPU lost in the middle leaves the last checkpoint, from which the run goes on",
  async (data) => {
    const whole = { config: CONFIG, settings: SETTINGS, name: "whole" };
    await trainOn(gpuAdapter!, whole, data);

    const { adapter, lose } = losableAdapter(gpuAdapter!);
    const error = await assertRejects(
      () =>
        trainOn(adapter, { config: CONFIG, settings: SETTINGS, name: "lost" }, data, (words) => {
          if (words.includes("epoch 1/3")) lose();
        }),
      DeviceError,
    );
    assertStringIncludes(error.message, "the GPU was lost");
    assertStringIncludes(error.message, "the last checkpoint is whole, go on with: DATA_DIR=");
    assertStringIncludes(error.message, `${TASK} train --resume lost`);

    const { progress } = await trainOn(
      gpuAdapter!,
      { config: {}, settings: {}, resume: "lost" },
      data,
    );
    assertEquals(progress.epoch, 3);
    const [one, two] = ["whole", "lost"].map((name) =>
      filesOf(`${data}/runs/${name}`).get("last.safetensors")
    );
    assertEquals(one, two);
  },
);

testOnGpu("a GPU lost before the first checkpoint says that nothing was saved", async (data) => {
  const { adapter, lose } = losableAdapter(gpuAdapter!);
  const request = { config: CONFIG, settings: SETTINGS, name: "lost" };
  await assertRejects(
    () => trainOn(adapter, request, data, (words) => words.includes("found") && lose()),
    DeviceError,
    "no checkpoint had been written",
  );
});

testOnGpu(
  "a GPU with less memory than a run needs names the largest batch that fits, and that fits",
  async (data) => {
    const adapter = () => smallAdapter(gpuAdapter!, 1e7);
    const start = (batch: number) =>
      trainOn(
        adapter(),
        {
          config: { ...CONFIG, width: 64, height: 64, batch, epochs: 1 },
          settings: SETTINGS,
          name: `b${batch}`,
        },
        data,
      );
    const error = await assertRejects(() => start(8), OutOfMemoryError, "of memory left");
    const [, batch] =
      /the largest batch that fits is (\d): --batch \1, or compute with --device cpu/
        .exec(spelled((error as OutOfMemoryError).sentence)) ?? [];
    assert(Number(batch) >= 1 && Number(batch) < 8, error.message);
    assertEquals([...filesOf(data).keys()].filter((name) => name.startsWith("runs/")), []);
    await start(Number(batch));
    await assertRejects(() => start(Number(batch) + 1), OutOfMemoryError);
  },
);
