/** Runs onnxruntime, native (`node`) or WebAssembly (`web`), on Sonoseg's ONNX file. @module */
import process from "node:process";
import { bytes, floats, missing, serve, shape, threads, workload } from "./serve.mjs";

const variant = process.argv[4];
if (workload.kind !== "forward") missing("onnxruntime does not train");
const package_ = `onnxruntime-${variant}`;
const ort = await import(package_).catch((error) => missing(`not installed: ${error.message}`));
if (variant === "web") ort.env.wasm.numThreads = threads;
const session = await ort.InferenceSession.create(new Uint8Array(bytes("model.onnx")), {
  executionProviders: [variant === "web" ? "wasm" : "cpu"],
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  graphOptimizationLevel: "all",
});
const image = new ort.Tensor("float32", floats("image.f32"), shape);
const version = Object.values(ort.env.versions).at(-1);
await serve(`${package_} ${version}, ${threads} threads`, async () => {
  const { logits } = await session.run({ image });
  return logits.data;
});
