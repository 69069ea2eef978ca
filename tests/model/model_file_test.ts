import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { sha256 } from "../../lib/core/hash.ts";
import { writePth } from "../../lib/formats/pth_writer.ts";
import { writeSafetensors } from "../../lib/formats/safetensors.ts";
import { encodeAs } from "../../lib/model/exchange.ts";
import { normMetadata, type ToldNorms } from "../../lib/model/network_entry.ts";
import { isUsable, readAnyModel, readModel } from "../../lib/model/model_file.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { asGrey } from "../../lib/network/fold.ts";
import type { Network } from "../../lib/network/network.ts";
import { stateDictOf } from "../../lib/network/state_dict.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { trainedWeights } from "../support/random_weights.ts";
import { scalingMetadata } from "../../lib/model/input_scaling.ts";
import { foldersWith, loadJson } from "../support/reference_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const NETWORK = { inChannels: 1, classes: 1, base: 2, bilinear: true };
const MANIFEST = "checkpoints/manifest.json";

/** What a folder of checkpoints says of each file. */
interface Manifest {
  files: Record<string, {
    expect: "load" | "refuse" | "either";
    base?: number;
    bilinear?: boolean;
    n_channels?: number;
    n_classes?: number;
  }>;
}

const inData = (use: (data: DataFolder) => Promise<void>) =>
  inTemporaryFolder(async (folder) => use(await DataFolder.open(folder)));

Deno.test("readModel() takes what torch.save writes, whatever the file is called", () =>
  inData(async (data) => {
    const weights = trainedWeights(NETWORK);
    for (const name of ["model.pth", "model.safetensors", "models/model"]) {
      await data.makeFolder("models");
      const bytes = writePth(stateDictOf(graphOf(NETWORK), weights, 7));
      await data.writeFile(name, bytes);
      assertEquals(await readModel(data, name), {
        path: name,
        sha256: await sha256(bytes),
        format: "pth",
        network: NETWORK,
        weights,
        batchesTracked: 7,
      });
    }
  }));

Deno.test("readModel() folds three channels and two classes, readAnyModel() does not", () =>
  inData(async (data) => {
    const network = { ...NETWORK, inChannels: 3, classes: 2 };
    const weights = trainedWeights(network);
    await data.writeFile("a.pth", writePth(stateDictOf(graphOf(network), weights, 0)));
    const model = await readModel(data, "a.pth");
    assertEquals(model.network, NETWORK);
    assertEquals(model.weights, asGrey(graphOf(network), network, weights).weights);
    assertEquals(model.scaling, { mean: 0, std: 1 });
    assertEquals(model.notes?.length, 1);
    assertMatch(
      String(model.notes![0]),
      /3 channels and 2 classes.*class 1 is held against class 0.*grey \/ 255.*mean and std/,
    );
    assertEquals((await readAnyModel(data, "a.pth")).network, network);
    // The importer's word on the scaling counts.
    const told = { ...scalingMetadata({ mean: 0.5, std: 0.25 }) };
    const state = stateDictOf(graphOf(network), weights, 0);
    await data.writeFile("a.safetensors", writeSafetensors(state, told));
    const known = await readModel(data, "a.safetensors");
    assertEquals(known.scaling, { mean: 0.5, std: 0.25 });
    assert(!String(known.notes).includes("255"), String(known.notes));
  }));

Deno.test("readModel() refuses other numbers of channels and classes by what is needed", () =>
  inData(async (data) => {
    for (
      const [change, says] of [[{ classes: 4 }, "4 classes"], [{ inChannels: 2 }, "2 channels"]]
    ) {
      const network = { ...NETWORK, ...(change as Partial<Network>) };
      const bytes = writePth(stateDictOf(graphOf(network), trainedWeights(network), 0));
      await data.writeFile("a.pth", bytes);
      const { message } = await assertRejects(() => readModel(data, "a.pth"), InputError);
      assertMatch(message, new RegExp(`^a.pth cannot be used: .*${says}.*train it`));
    }
  }));

Deno.test("readModel() refuses a scaling that is none", () =>
  inData(async (data) => {
    const state = stateDictOf(graphOf(NETWORK), trainedWeights(NETWORK), 0);
    for (const entry of ["{}", "x", '{"mean":0,"std":0}', '{"mean":"0","std":1}']) {
      await data.writeFile("a.safetensors", writeSafetensors(state, { sonoseg_input: entry }));
      await assertRejects(() => readModel(data, "a.safetensors"), InputError, "a.safetensors");
    }
  }));

const WITHOUT_STATISTICS: readonly Network[] = [
  { ...NETWORK, base: 6, norm: "group", groups: 4 },
  { ...NETWORK, norm: "instance" },
];

Deno.test("readModel() takes norms without running statistics as its file or a person tells", () =>
  inData(async (data) => {
    for (const network of WITHOUT_STATISTICS) {
      const weights = trainedWeights(network);
      const state = stateDictOf(graphOf(network), weights, 7);
      const { norm, groups } = network as { norm: "group" | "instance"; groups?: number };
      const norms = { norm, ...(groups && { groups }) };
      await data.writeFile("bare.pth", writePth(state));
      await data.writeFile("told.pth", writePth(state, normMetadata(network)));
      const model = await readModel(data, "bare.pth", norms);
      assertEquals(model.network, network);
      assertEquals(model.weights, weights);
      assertEquals((await readModel(data, "told.pth")).network, network);
      for (const format of ["pth", "safetensors"] as const) {
        await data.writeFile("copy", await encodeAs(format, model));
        const { network, weights } = await readModel(data, "copy");
        assertEquals([network, weights], [model.network, model.weights]);
      }
      const refused = [
        [await readError(data, "bare.pth"), /^bare.pth .* no running statistics.*import norm/],
        [await readError(data, "told.pth", norms), /^told.pth .*records its norms; leave norm/],
      ] as const;
      for (const [message, says] of refused) assertMatch(message, says);
    }
    await data.writeFile(
      "batch.pth",
      writePth(stateDictOf(graphOf(NETWORK), trainedWeights(NETWORK), 7)),
    );
    const message = await readError(data, "batch.pth", { norm: "instance" });
    assertMatch(message, /^batch.pth .*running statistics.*leave norm and normGroups out/);
  }));

async function readError(data: DataFolder, file: string, norms?: ToldNorms): Promise<string> {
  return (await assertRejects(() => readModel(data, file, norms), InputError)).message;
}

Deno.test("readModel() refuses norms that are none", () =>
  inData(async (data) => {
    const state = stateDictOf(graphOf(NETWORK), trainedWeights(NETWORK), 0);
    for (const entry of ["{}", "x", '{"norm":"batch"}', '{"groups":0,"norm":"group"}']) {
      await data.writeFile("a.safetensors", writeSafetensors(state, { sonoseg_network: entry }));
      assertMatch(await readError(data, "a.safetensors"), /^a.safetensors/);
    }
  }));

for (const folder of foldersWith(MANIFEST)) {
  const { files } = loadJson<Manifest>(folder, MANIFEST);
  Deno.test(`readAnyModel() behaves as the manifest says (${folder.label})`, () =>
    inData(async (data) => {
      for (const [file, facts] of Object.entries(files)) {
        if (facts.expect === "either") continue;
        await data.writeFile(file, Deno.readFileSync(`${folder.path}/checkpoints/${file}`));
        if (facts.expect === "refuse") {
          const error = await assertRejects(() => readAnyModel(data, file), InputError);
          assert(error.message.includes(file), error.message);
          continue;
        }
        const { network } = await readAnyModel(data, file);
        assertEquals<unknown>(network, {
          inChannels: facts.n_channels,
          classes: facts.n_classes,
          base: facts.base,
          bilinear: facts.bilinear,
        }, file);
        assertEquals(isUsable(network), facts.n_channels === 1 && facts.n_classes === 1);
      }
    }));
}
