import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { DEPTHS } from "../../lib/image/depth.ts";
import type { ModelInfo } from "../../lib/model/checkpoint.ts";
import { encodeAs } from "../../lib/model/exchange.ts";
import { scalingIn, scalingMetadata } from "../../lib/model/input_scaling.ts";
import type { Model } from "../../lib/model/model_file.ts";
import { bitsInUseOf, inputConfig } from "../../lib/model/model_input.ts";
import { decodeWeights } from "../../lib/model/weights_file.ts";
import { DEFAULT_CONFIG } from "../../lib/train/config.ts";
import { trainedWeights } from "../support/random_weights.ts";

const NETWORK = { inChannels: 1, classes: 1, base: 1, bilinear: true };
const BARE: Model = {
  path: "a.pth",
  sha256: "",
  format: "pth",
  network: NETWORK,
  weights: trainedWeights(NETWORK),
  batchesTracked: 3,
};
const CONFIG = {
  ...DEFAULT_CONFIG,
  width: 96,
  height: 64,
  fit: "pad" as const,
  mean: 0.25,
  std: 0.5,
};
const INFO: ModelInfo = {
  config: CONFIG,
  epoch: 1,
  valDice: null,
  card: {
    version: "1",
    data: {},
    testVector: { seed: 1, logits: [0], tolerance: 1 },
    bitsInUse: 12,
  },
};

Deno.test("a .pth file of a trained model tells how its input is prepared", async () => {
  const { scaling, info } = await decodeWeights(
    await encodeAs("pth", { ...BARE, info: INFO }),
    "a.pth",
  );
  assertEquals(info, undefined);
  const size = { width: 96, height: 64 };
  assertEquals(scaling, { mean: 0.25, std: 0.5, size, fit: "pad", bitsInUse: 12 });
  const model: Model = { ...BARE, scaling: scaling! };
  assertEquals([inputConfig(model), bitsInUseOf(model)], [CONFIG, 12]);
  const other = { width: 32, height: 32 };
  assertEquals(inputConfig(model, { size: other }), { ...CONFIG, ...other });
  // And so do all files that are written from it.
  for (const format of ["pth", "safetensors"] as const) {
    const again = await decodeWeights(await encodeAs(format, model), "b");
    assertEquals([again.format, again.scaling], [format, scaling]);
  }
  const onnx = new TextDecoder().decode(await encodeAs("onnx", model));
  assertEquals(onnx.includes("bits_in_use") && onnx.includes("96x64"), true);
  assertEquals(onnx.includes("fit\x12\x03pad"), true);
});

Deno.test("a file without the entry tells nothing, and a model card comes before it", async () => {
  const { scaling } = await decodeWeights(await encodeAs("pth", BARE), "a.pth");
  assertEquals(scaling, undefined);
  assertEquals(inputConfig(BARE), DEFAULT_CONFIG);
  const { card: _, ...info } = INFO;
  const model = { ...BARE, info, scaling: { mean: 0, std: 1, bitsInUse: 8 } as const };
  assertEquals([inputConfig(model), bitsInUseOf(model)], [CONFIG, undefined]);
});

Deno.test("an entry on the input is read back, or refused", () => {
  for (const bitsInUse of DEPTHS) {
    const scaling = { mean: 0.1, std: 2, size: { width: 16, height: 16384 }, bitsInUse };
    assertEquals(scalingIn(scalingMetadata(scaling)), scaling);
  }
  const bad = ['"width":15', '"height":16385', '"width":32.5', '"bits_in_use":9', '"height":"32"'];
  for (const member of bad) {
    const read = () => scalingIn({ sonoseg_input: `{"mean":0,"std":1,${member}}` });
    assertThrows(read, InputError);
  }
});
