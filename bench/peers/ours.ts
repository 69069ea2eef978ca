/**
 * Runs Sonoseg itself, and writes the files that the peers read: the same weights and input.
 *
 * @module
 */
import { createCpuEngine } from "../../lib/engine/cpu/engine.ts";
import {
  batchOf,
  freshState,
  networkOf,
  planOf,
  type Workload,
} from "../../lib/engine/workloads.ts";
import { writeOnnx } from "../../lib/formats/onnx.ts";
import { writeSafetensors } from "../../lib/formats/safetensors.ts";
import { graphOf } from "../../lib/network/architectures.ts";

const MEAN = 0.485;
const STD = 0.229;

/**
 * Writes workload.json, weights.safetensors, image.f32, mask.f32 and, for a forward pass,
 * model.onnx.
 */
export function writeInputs(workload: Workload, folder: string): void {
  const { size, kind } = workload;
  const { images, masks } = batchOf(workload);
  const { weights } = freshState(workload);
  const image = Float32Array.from(images, (byte) => (byte / 255 - MEAN) / STD);
  Deno.writeTextFileSync(`${folder}/workload.json`, JSON.stringify(workload));
  Deno.writeFileSync(`${folder}/weights.safetensors`, writeSafetensors(weights));
  Deno.writeFileSync(`${folder}/image.f32`, new Uint8Array(image.buffer));
  Deno.writeFileSync(`${folder}/mask.f32`, new Uint8Array(masks.buffer as ArrayBuffer));
  if (kind !== "forward") return;
  const options = { height: size, width: size, mean: MEAN, std: STD, threshold: 0.5 };
  const model = writeOnnx(graphOf(networkOf(workload)), weights, {
    ...options,
    size: [size, size],
  });
  Deno.writeFileSync(`${folder}/model.onnx`, model);
}

/** A forward pass or training step of Sonoseg. */
export interface Ours {
  run(): Promise<{ ms: number; loss?: number; logits?: Float32Array }>;
  close(): void;
}

/** Makes Sonoseg's engine, with the weights of all peers. */
export async function startOurs(workload: Workload, threads: number): Promise<Ours> {
  const engine = await createCpuEngine({ threads });
  const [plan, batch, state] = [planOf(workload), batchOf(workload), freshState(workload)];
  const close = () => engine.close();
  if (workload.kind === "forward") {
    const predictor = await engine.predictor(plan, state.weights);
    const run = async () => {
      const start = performance.now();
      const logits = await predictor.run(batch.images, batch.n);
      return { ms: performance.now() - start, logits };
    };
    return { run, close };
  }
  const trainer = await engine.trainer({ train: [plan], evaluate: [] }, state);
  const run = async () => {
    const start = performance.now();
    await trainer.step(batch, { learningRate: 1e-3 });
    const [{ loss }] = await trainer.losses();
    return { ms: performance.now() - start, loss };
  };
  return { run, close };
}
