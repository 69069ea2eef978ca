import { assert, assertEquals, assertRejects } from "@std/assert";
import { NOTHING } from "../../lib/dataset/left_out.ts";
import type { Predictor } from "../../lib/engine/engine.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { predictFiles, type PredictJob } from "../../lib/predict/predict_files.ts";
import { predicted } from "../../lib/predict/shards.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { PART_SETTINGS } from "../support/part_settings.ts";

const DAMAGED = "image 4";
const IMAGES = Array.from(
  { length: 14 },
  (_, k) => ({ path: `image ${k}.png`, stem: `image ${k}` }),
);
const MARKED = ["out/predictions.json"];

/** A network that answers with its input. */
const ECHO: Predictor = {
  run: (images) => Promise.resolve(Float32Array.from(images, (value) => (value - 128) / 40)),
  close() {},
};

/** Images of several sizes, one of them damaged. */
function images(): MemoryStore {
  return new MemoryStore(IMAGES.map(({ path, stem }, k) => {
    const [width, height] = [40 + 7 * (k % 3), 30 + 5 * (k % 4)];
    const pixels = Uint8Array.from({ length: width * height }, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      return 128 + 100 * Math.sin(x / (3 + k % 5)) * Math.cos(y / 4) + (i * i % 13);
    });
    const file = encodeGrey({ width, height, pixels });
    return [path, stem === DAMAGED ? file.subarray(0, file.length / 2) : file] as const;
  }));
}

/** A prediction into a store; the names in the order in which their results came. */
async function predict(given: Partial<PredictJob> = {}, output = new MemoryStore()) {
  const names: string[] = [];
  const job: PredictJob = {
    data: images(),
    output,
    predictors: [ECHO],
    batch: 1,
    out: "out",
    settings: { ...PART_SETTINGS, tta: "none" },
    inputs: { images: IMAGES, failures: [], masks: [], leftOut: NOTHING },
    ...given,
    done(result) {
      names.push(result.input);
      given.done?.(result);
    },
  };
  return { files: output.files, names, results: await predictFiles(job) };
}

Deno.test("files are the same with and without overlap, with a page and all lists", async () => {
  const { files, names, results } = await predict({ isOverlapped: false, threads: 1 });
  assertEquals(names, IMAGES.map(({ path }) => path));
  assertEquals(predicted(results).length, IMAGES.length - 1);
  assert(files.has("out/image 3_mask.png") && !files.has(`out/${DAMAGED}_mask.png`));
  const found = await predict({ isOverlapped: true, threads: 2, batch: 4 });
  assertEquals([found.names, found.results], [names, results]);
  assertEquals(new Map([...found.files].sort()), new Map([...files].sort()));
});

Deno.test("files are the same with any threads and batch, also with uncertainties", async () => {
  // A shard has no page and no sheet, which would take most of the time.
  const shard = { index: 1, count: 1 };
  for (const settings of [PART_SETTINGS, { ...PART_SETTINGS, tta: "none" as const }]) {
    const { files } = await predict({ settings, shard, isOverlapped: false });
    assertEquals(files.has("out/image 3_uncertainty.png"), settings === PART_SETTINGS);
    for (const [threads, batch] of [[1, 4], [2, 1], [2, 8], [3, 3]]) {
      const found = await predict({ settings, shard, isOverlapped: true, threads, batch });
      const what = `${threads} threads, batch ${batch}`;
      assertEquals(new Map([...found.files].sort()), new Map([...files].sort()), what);
    }
  }
});

Deno.test("images are computed ahead of the written ones, but only a few", async () => {
  const inputs = IMAGES.filter(({ stem }) => stem !== DAMAGED);
  for (const [threads, most] of [[1, 2], [2, 4], [3, 6]]) {
    let [begun, ended, ahead] = [0, 0, 0];
    const isFull = Promise.withResolvers<void>();
    const counting: Predictor = {
      ...ECHO,
      run(pixels, n) {
        ahead = Math.max(ahead, ++begun - ended);
        if (ahead === most) isFull.resolve();
        return ECHO.run(pixels, n);
      },
    };
    /** Nothing is written before so many images are ahead. */
    class Waiting extends MemoryStore {
      override async writeFile(path: string, content: Uint8Array | string): Promise<void> {
        if (path.endsWith("_mask.png")) await isFull.promise;
        await super.writeFile(path, content);
      }
    }
    await predict({
      predictors: [counting],
      inputs: { images: inputs, failures: [], masks: [], leftOut: NOTHING },
      shard: { index: 1, count: 1 },
      isOverlapped: true,
      threads,
      done: () => ended++,
    }, new Waiting());
    assertEquals([ahead, ended], [most, inputs.length], `${threads} threads`);
  }
});

Deno.test("a signal loses nothing: what was computed is written and listed, in order", async () => {
  for (const threads of [1, 2]) {
    const stop = new AbortController();
    const done = ({ input }: { input: string }) => {
      if (input === IMAGES[2].path) stop.abort();
    };
    const { files, names, results } = await predict({ signal: stop.signal, threads, done });
    assert(names.length >= 3 && names.length < IMAGES.length, `${threads} threads: ${names}`);
    assertEquals(names, IMAGES.slice(0, names.length).map(({ path }) => path));
    const listed = JSON.parse(new TextDecoder().decode(files.get("out/predictions.json")));
    assertEquals(listed.images, JSON.parse(JSON.stringify(predicted(results))));
    const masks = [...files.keys()].filter((path) => path.endsWith("_mask.png"));
    assertEquals(masks, predicted(results).map(({ mask }) => `out/${mask}`));
  }
});

Deno.test("a disk that fails ends the prediction, and no result comes after", async () => {
  class Full extends MemoryStore {
    override async writeFile(path: string, content: Uint8Array | string): Promise<void> {
      if (path === "out/image 2_probability.png") throw new Error("no space left");
      await super.writeFile(path, content);
    }
  }
  const output = new Full();
  const names: string[] = [];
  const done = ({ input }: { input: string }) => names.push(input);
  const failing = predict({ isOverlapped: true, threads: 2, done }, output);
  await assertRejects(() => failing, Error, "no space left");
  assertEquals(names, ["image 0.png", "image 1.png"]);
  const lists = [...output.files.keys()].filter((path) => !path.includes("_"));
  assertEquals(lists, MARKED);
});
