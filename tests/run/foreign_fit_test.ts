/**
 * How images are fitted for models of other programs: it is told by the caller, or at the import.
 */
import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { evaluateModel, importModel, InputError, predictFolder } from "../../lib/mod.ts";
import { encodeModel } from "../../lib/model/checkpoint.ts";
import { encodeAs } from "../../lib/model/exchange.ts";
import { readModel } from "../../lib/model/model_file.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { DEFAULT_CONFIG, networkOfConfig } from "../../lib/train/config.ts";
import { MemoryStore } from "../support/memory_store.ts";

const SIZE = { width: 32, height: 32 };
const CONFIG = { ...DEFAULT_CONFIG, ...SIZE, baseChannels: 3, epochs: 1 };
const NETWORK = networkOfConfig(CONFIG);
const WEIGHTS = initialWeights(graphOf(NETWORK), 1);
const SETTINGS = { device: "cpu", threads: 1 } as const;

/** A store with a wide image and its mask, bare weights, and models of our own with either fit. */
async function store(): Promise<MemoryStore> {
  const bare = {
    path: "bare.pth",
    sha256: "",
    format: "pth" as const,
    network: NETWORK,
    weights: WEIGHTS,
    batchesTracked: 1,
  };
  const own = (fit: "squash" | "pad") =>
    encodeModel(
      { weights: WEIGHTS, batchesTracked: 1, step: 0 },
      { config: { ...CONFIG, fit }, epoch: 1, valDice: null },
    );
  const shape = { width: 48, height: 24 };
  const pixels = Uint8Array.from({ length: 48 * 24 }, (_, i) => (i % 48) * 4 + (i & 7));
  return new MemoryStore([
    ["a.png", encodeGrey({ ...shape, pixels })],
    ["a_mask.png", encodeGrey({ ...shape, pixels: pixels.map((_, i) => i % 48 < 20 ? 255 : 0) })],
    ["bare.pth", await encodeAs("pth", bare)],
    ["squash.safetensors", await own("squash")],
    ["pad.safetensors", await own("pad")],
  ]);
}

/** The probabilities of the image, their mean, and the fit that the list tells. */
async function predicted(
  data: MemoryStore,
  model: string | string[],
  fit?: "squash" | "pad",
  size: typeof SIZE | undefined = SIZE,
) {
  const common = { data, inputs: ["a.png"], out: "out", settings: SETTINGS };
  // All pixels pass, so the mean inside the mask is that of the image.
  const { settings } = await predictFolder({ ...common, model, size, fit, threshold: 1e-6 });
  const [{ mean_probability: mean }] =
    JSON.parse(new TextDecoder().decode(data.files.get("out/predictions.json"))).images;
  return { fit: settings.fit, mean, probability: data.files.get("out/a_probability.png")! };
}

Deno.test("bare weights take the fit that is given, and squash without one", async () => {
  const data = await store();
  const [squashed, padded] = [
    await predicted(data, "squash.safetensors"),
    await predicted(data, "pad.safetensors"),
  ];
  assertEquals([squashed.fit, padded.fit], ["squash", "pad"]);
  assertNotEquals(squashed.probability, padded.probability);
  assertEquals(await predicted(data, "bare.pth"), squashed);
  assertEquals(await predicted(data, "bare.pth", "squash"), squashed);
  assertEquals(await predicted(data, "bare.pth", "pad"), padded);

  // A threshold that some of the pixels pass.
  const threshold = padded.mean;
  const evaluated = async (model: string, fit?: "pad") => {
    const request = { data, model, images: ".", out: "e", fit, threshold, settings: SETTINGS };
    const { results } = (await evaluateModel({ ...request, size: SIZE }))!;
    return results.cases;
  };
  assertEquals(await evaluated("bare.pth", "pad"), await evaluated("pad.safetensors"));
  assertNotEquals(await evaluated("bare.pth", "pad"), await evaluated("bare.pth"));
});

Deno.test("a fit that is imported stays with the model, and mean and std stay a guess", async () => {
  const data = await store();
  const request = { data, file: "bare.pth" };
  const { path, guessesScaling } = await importModel({
    ...request,
    out: "b.safetensors",
    fit: "pad",
  });
  assertEquals(guessesScaling, true);
  const { mean, std } = DEFAULT_CONFIG;
  assertEquals((await readModel(data, path)).scaling, { mean, std, fit: "pad" });
  const padded = await predicted(data, "pad.safetensors");
  assertEquals(await predicted(data, path), padded);
  // A fit that is given counts, as a size does.
  assertEquals((await predicted(data, path, "squash")).fit, "squash");

  const told = await importModel({ ...request, out: "c.safetensors", mean: 0.5, fit: "squash" });
  assertEquals(told.guessesScaling, false);
  assertEquals(told.model.scaling, { mean: 0.5, std, fit: "squash" });
  const open = await importModel({ ...request, out: "d.safetensors" });
  assertEquals([open.guessesScaling, open.model.scaling], [true, undefined]);
  const again = await importModel({ data, file: path, out: "e.safetensors", std: 1 });
  assertEquals(again.model.scaling, { mean, std: 1, fit: "pad" });
});

Deno.test("a fit that a model tells otherwise is refused, and one that is none", async () => {
  const data = await store();
  assertEquals((await predicted(data, "pad.safetensors", "pad")).fit, "pad");
  await assertRejects(
    () => predicted(data, "pad.safetensors", "squash"),
    InputError,
    "fit is squash, but pad.safetensors was trained with pad; leave fit out",
  );
  // Beside bare weights it is for those.
  await predicted(data, ["pad.safetensors", "bare.pth"], "squash");
  const none = "stretch" as "pad";
  await assertRejects(() => predicted(data, "bare.pth", none), InputError, "fit is");
  await assertRejects(
    () => importModel({ data, file: "bare.pth", out: "b.safetensors", fit: none }),
    InputError,
    "fit is",
  );
  await assertRejects(
    () => importModel({ data, file: "pad.safetensors", out: "b.safetensors", fit: "pad" }),
    InputError,
    "pad.safetensors records how its input is prepared; leave mean, std and fit out",
  );
});
