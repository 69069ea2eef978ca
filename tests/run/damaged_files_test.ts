/**
 * Every text file of a data directory may be damaged. A command then works or refuses by an
 * InputError; it never ends as a bug. `FUZZ_INPUTS` sets how thoroughly this is tried, `FUZZ_START`
 * repeats a failure.
 *
 * @module
 */
import { assert, AssertionError } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { RandomStream } from "../../lib/core/random.ts";
import { patientsOf } from "../../lib/dataset/selection.ts";
import { choicesIn } from "../../lib/engine/gpu/tuning.ts";
import {
  evaluateModel,
  mergePredictions,
  predictFolder,
  reportRun,
  trainRun,
  verifyRun,
  writeComparison,
} from "../../lib/mod.ts";
import { TuningFile } from "../../lib/store/tuning_file.ts";
import { damagedText } from "../support/damage.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SETTINGS = { device: "cpu", threads: 1, sampleImages: 1 } as const;
const CASES = Math.ceil(Number(Deno.env.get("FUZZ_INPUTS") ?? 5000) / 200);
const START = Number(Deno.env.get("FUZZ_START") ?? 0);
const BOOTSTRAP = { resamples: 10, level: 0.95, seed: 0 };

/** The commands that read a file, by the beginning of its path. */
const READERS: Readonly<Record<string, Readonly<Record<string, Command>>>> = {
  "runs/a/": {
    verify: (data) => verifyRun(data, "a"),
    report: (data) => reportRun({ data, name: "a", settings: SETTINGS }),
    compare: (data) => writeComparison({ data, runs: ["b", "a"], name: "c", bootstrap: BOOTSTRAP }),
    evaluate: (data) =>
      evaluateModel({ data, model: MODEL, settings: SETTINGS, bootstrap: BOOTSTRAP }),
    predict: (data) => predictFolder({ data, inputs: [IMAGE], settings: SETTINGS }),
    resume: (data) => trainRun({ data, config: { epochs: 3 }, settings: SETTINGS, resume: "a" }),
  },
  "parts/": { merge: (data) => mergePredictions(data, "parts") },
  "patients.csv": {
    patients: (data) => patientsOf(data, { patients: "patients.csv" }, [IMAGE]),
  },
  "gpu_tuning.json": {
    tuning: async (data) => choicesIn(await new TuningFile(data).read(), "gpu"),
  },
};

type Command = (data: MemoryStore) => Promise<unknown>;

const IMAGE = "benign/benign (1).png";
const MODEL = "runs/a/best.safetensors";

/** A data directory with two finished runs, an evaluation and a divided prediction. */
async function madeOnce(): Promise<MemoryStore> {
  return await inTemporaryFolder(async (folder) => {
    writeSmallData(folder, 12);
    const images = [...filesOf(folder).keys()].filter((name) => !name.includes("_mask"));
    const data = new MemoryStore(filesOf(folder));
    const parts = {
      train: images.slice(4),
      validation: images.slice(2, 4),
      test: images.slice(0, 2),
    };
    await data.writeFile("parts.json", JSON.stringify(parts));
    await data.writeFile("patients.csv", `file,patient\n${IMAGE},1\n`);
    const tuning = { gpu: { variants: { conv: "plain" } } };
    await data.writeFile("gpu_tuning.json", JSON.stringify(tuning));
    const config = { width: 32, height: 32, baseChannels: 1, epochs: 2, split: "parts.json" };
    await trainRun({ data, config, settings: SETTINGS, name: "a" });
    await evaluateModel({ data, settings: SETTINGS, bootstrap: BOOTSTRAP });
    for (const [path, bytes] of [...data.files]) {
      if (path.startsWith("runs/a/")) await data.writeFile(path.replace("/a/", "/b/"), bytes);
    }
    const shard = { index: 1, count: 1 };
    await predictFolder({ data, inputs: ["benign"], out: "parts", shard, settings: SETTINGS });
    return data;
  });
}

Deno.test(`no command ends as a bug, whichever text file is damaged (${CASES} times)`, async () => {
  const whole = await madeOnce();
  const files = [...whole.files.keys()].filter((path) =>
    Object.keys(READERS).some((beginning) => path.startsWith(beginning)) &&
    /\.(json|csv|html|png)$/.test(path) && !/_(mask|overlay|probability)\.png$/.test(path)
  ).sort();
  for (const name of ["metrics.json", "timings.csv", "inspect.json", "1-of-1.json", "test.json"]) {
    assert(files.some((path) => path.endsWith(name)), name);
  }
  let refused = 0;
  for (let index = START; index < START + CASES; index++) {
    const random = new RandomStream(1, "damage", index);
    // Each file in turn.
    const path = files[index % files.length];
    const bytes = damagedText(whole.files.get(path)!, random);
    const [, commands] = Object.entries(READERS).find(([beginning]) => path.startsWith(beginning))!;
    for (const [name, command] of Object.entries(commands)) {
      const data = new MemoryStore(whole.files);
      await data.writeFile(path, bytes);
      try {
        await command(data);
      } catch (error) {
        if (!(error instanceof InputError)) {
          const why = error instanceof Error ? error.stack : error;
          throw new AssertionError(`case ${index}, ${name} with ${path}: ${why}`);
        }
        assert(error.message.length < 20_000, `case ${index}, ${name}: ${error.message.length}`);
        refused++;
      }
    }
  }
  assert(refused > 0, "nothing was refused: no damage was done");
});
