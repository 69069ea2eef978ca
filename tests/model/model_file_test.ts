import { assert, assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { sha256 } from "../../lib/core/hash.ts";
import { writePth } from "../../lib/formats/pth_writer.ts";
import { isUsable, readAnyModel, readModel } from "../../lib/model/model_file.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { stateDictOf } from "../../lib/network/state_dict.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { trainedWeights } from "../support/random_weights.ts";
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

Deno.test("readModel() refuses other numbers of channels and classes, readAnyModel() does not", () =>
  inData(async (data) => {
    const network = { ...NETWORK, inChannels: 3, classes: 2 };
    await data.writeFile(
      "a.pth",
      writePth(stateDictOf(graphOf(network), trainedWeights(network), 0)),
    );
    await assertRejects(() => readModel(data, "a.pth"), InputError, "3 channels and 2 classes");
    assertEquals((await readAnyModel(data, "a.pth")).network, network);
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
