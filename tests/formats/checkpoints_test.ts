import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import { readStateDict } from "../../lib/formats/state_dict.ts";
import { graphOf, networkOf } from "../../lib/network/architectures.ts";
import { counterNames, parametersOf } from "../../lib/network/parameters.ts";
import { batchesTracked, checkWeights } from "../../lib/network/weights.ts";
import { runProgram } from "../interop/programs.ts";
import { assertSameBits } from "../support/compare.ts";
import { foldersWith, loadJson } from "../support/reference_data.ts";

/** What a folder of checkpoints says of each file; unknown members are for readers. */
interface Manifest {
  files: Record<string, {
    expect: "load" | "refuse" | "either";
    why?: string;
    base?: number;
    bilinear?: boolean;
    n_channels?: number;
    n_classes?: number;
    same_as?: string;
    values?: string;
    epoch?: number;
  }>;
}

const MOST_EXTRA_BYTES = 64 * 2 ** 20;
const MOST_MILLISECONDS = 1000;
const MANIFEST = "checkpoints/manifest.json";

/** A state_dict as a program takes it in: read, recognised, checked. */
function load(bytes: Uint8Array, file: string) {
  const { tensors, metadata } = readStateDict(bytes);
  const network = networkOf(tensors, file);
  const weights = checkWeights(graphOf(network), tensors, file);
  return {
    tensors,
    metadata,
    network,
    weights,
    batches: batchesTracked(graphOf(network), tensors, file),
  };
}

/** Calls `use` and throws where it takes long or leaves much memory behind. */
function sparingly(fileBytes: number, use: () => void): void {
  const used = () => {
    const { heapUsed, external } = Deno.memoryUsage();
    return heapUsed + external;
  };
  const timed = () => {
    const start = performance.now();
    use();
    return performance.now() - start;
  };
  const before = used();
  let time = timed();
  const bytes = used() - before;
  assert(bytes <= fileBytes + MOST_EXTRA_BYTES, `took ${bytes} bytes for ${fileBytes}`);
  // The machine may have paused. Only a file that is slow again is slow.
  if (time > MOST_MILLISECONDS) time = timed();
  assert(time <= MOST_MILLISECONDS, `took ${time} ms`);
}

/** float32 as `values` says that a file was rounded. */
function rounded(tensor: Tensor, values: string | undefined): Tensor {
  if (values === undefined || !(tensor.data instanceof Float32Array)) return tensor;
  const round = values.includes("bfloat16")
    ? toBfloat16
    : values.includes("float16") && Math.f16round;
  if (!round) throw new Error(`unknown conversion: ${values}`);
  return { shape: tensor.shape, data: tensor.data.map(round) };
}

/** To the nearest bfloat16, ties to even; for finite numbers. */
function toBfloat16(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] += 0x7fff + ((bits[0] >>> 16) & 1);
  bits[0] &= 0xffff0000;
  return new Float32Array(bits.buffer)[0];
}

/** float64 becomes float32; integers stay. */
function narrowed({ shape, data }: Tensor): Tensor {
  return { shape, data: data instanceof Float64Array ? Float32Array.from(data) : data };
}

for (const folder of foldersWith(MANIFEST)) {
  const { files } = loadJson<Manifest>(folder, MANIFEST);
  const read = (file: string) => Deno.readFileSync(`${folder.path}/checkpoints/${file}`);

  const check = (file: string) => {
    const facts = files[file];
    const { tensors, metadata, network, weights, batches } = load(read(file), file);
    assertEquals(network, {
      inChannels: facts.n_channels ?? 1,
      classes: facts.n_classes ?? 1,
      base: facts.base!,
      bilinear: facts.bilinear!,
    });
    if (facts.epoch !== undefined) assertEquals(metadata.epoch, String(facts.epoch));
    if (facts.same_as === undefined) return;
    const expected = load(read(facts.same_as), facts.same_as);
    for (const { name } of parametersOf(graphOf(network))) {
      const tensor: Tensors[string] = rounded(expected.tensors[name], facts.values);
      assertSameBits(name, narrowed(tensors[name]), tensor);
      assertSameBits(name, weights[name], tensor);
    }
    for (const name of counterNames(graphOf(network))) {
      if (name in tensors) assertSameBits(name, tensors[name], expected.tensors[name]);
    }
    if (counterNames(graphOf(network))[0] in tensors) assertEquals(batches, expected.batches);
  };

  const refuse = (file: string) => {
    const { message } = assertThrows(() => load(read(file), file), InputError);
    assert(message.length > 20 && message.length < 400, message);
    assert(!message.includes("\n"), message);
    const named = /(?:name it|must name it)/.test(files[file].why ?? "")
      ? files[file].why!.split(/[\s:]/)[0]
      : "";
    assertStringIncludes(message, named);
  };

  /** Whether a file that may be refused is taken. */
  const isLoadable = (file: string) => {
    try {
      load(read(file), file);
      return true;
    } catch (error) {
      if (error instanceof InputError) return false;
      throw error;
    }
  };

  Deno.test({
    name: `${folder.label} checkpoints: none takes more than its size and 64 MiB, at its peak`,
    // The kernel of other systems does not keep the peak.
    ignore: Deno.build.os !== "linux",
    fn() {
      const paths = Object.keys(files).map((file) => `${folder.path}/checkpoints/${file}`);
      const flags = ["run", "-A", "--cached-only", "--v8-flags=--expose-gc"];
      const program = "tests/support/peak_memory.ts";
      const peaks: Record<string, number> = JSON.parse(
        runProgram(Deno.execPath(), [...flags, program, ...paths]),
      );
      assertEquals(Object.keys(peaks), paths);
      for (const [path, peak] of Object.entries(peaks)) {
        const { size } = Deno.statSync(path);
        assert(peak <= size + MOST_EXTRA_BYTES, `${path}: ${peak} bytes for ${size}`);
      }
    },
  });

  for (const [file, { expect }] of Object.entries(files)) {
    Deno.test(`${folder.label} checkpoint ${file}: ${expect}`, () => {
      sparingly(read(file).length, () => {
        if (expect === "refuse" || (expect === "either" && !isLoadable(file))) refuse(file);
        else if (expect === "load" || files[file].base !== undefined) check(file);
      });
      assertEquals(Object.keys(Object.prototype), []);
      assertEquals(({} as Record<string, unknown>).polluted, undefined);
    });
  }
}
