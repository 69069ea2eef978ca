/**
 * Runs a model in onnxruntime: `run_onnx.ts FOLDER` reads `model.onnx` and `inputs.safetensors`
 * there, runs the model on each input and writes `logits.safetensors` with the same names, and
 * `model.json` with what the model says of itself. Without a folder it only loads onnxruntime.
 *
 * A program of its own, because onnxruntime-node is native code that needs more permissions than
 * tests have.
 *
 * @module
 */
import type { Tensors } from "../../lib/core/tensor.ts";
import { readSafetensors, writeSafetensors } from "../../lib/formats/safetensors.ts";

/** What is used of onnxruntime-node. */
interface Runtime {
  Tensor: new (type: "float32", data: unknown, dims: readonly number[]) => object;
  InferenceSession: {
    create(model: Uint8Array, options: { intraOpNumThreads: number }): Promise<Session>;
  };
}

interface Session {
  readonly inputMetadata: unknown;
  readonly outputMetadata: unknown;
  run(feeds: Record<string, object>): Promise<
    Record<string, { dims: number[]; data: Float32Array<ArrayBuffer> }>
  >;
}

// Computed: the project's own configuration, under which this file is checked, does not know the
// package.
const PACKAGE = "onnxruntime-node";
const { InferenceSession, Tensor }: Runtime = await import(PACKAGE);

async function run(folder: string): Promise<void> {
  const model = Deno.readFileSync(`${folder}/model.onnx`);
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const inputs = readSafetensors(Deno.readFileSync(`${folder}/inputs.safetensors`)).tensors;
  const outputs: Tensors = {};
  for (const [name, { shape, data }] of Object.entries(inputs)) {
    const { logits } = await session.run({ image: new Tensor("float32", data, shape) });
    outputs[name] = { shape: logits.dims, data: logits.data };
  }
  Deno.writeFileSync(`${folder}/logits.safetensors`, writeSafetensors(outputs));
  const { inputMetadata, outputMetadata } = session;
  Deno.writeTextFileSync(`${folder}/model.json`, JSON.stringify({ inputMetadata, outputMetadata }));
}

if (Deno.args.length > 0) await run(Deno.args[0]);
