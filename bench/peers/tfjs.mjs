/**
 * Runs TensorFlow.js on its WebAssembly backend, which uses one thread outside a browser. @module
 */
import { createRequire } from "node:module";
import { floats, missing, serve, shape, weights, workload } from "./serve.mjs";

if (workload.kind !== "forward") {
  missing("its WebAssembly backend has no Conv2DBackpropFilter: it does not train");
}
const require = createRequire(import.meta.url);
let tf;
let backend;
try {
  tf = require("@tensorflow/tfjs");
  backend = require("@tensorflow/tfjs-backend-wasm");
} catch (error) {
  missing(`not installed: ${error.message.split("\n")[0]}`);
}
const home = require.resolve("@tensorflow/tfjs-backend-wasm/package.json");
backend.setWasmPaths(home.replace("package.json", "dist/"));
await tf.setBackend("wasm");
await tf.ready();

/** OIHW to HWIO; the same permutation serves transposed convolutions. */
const parameters = Object.fromEntries(
  Object.entries(weights()).map(([name, { shape, data }]) => {
    const tensor = tf.tensor(data, shape);
    return [name, shape.length === 4 ? tf.transpose(tensor, [2, 3, 1, 0]) : tensor];
  }),
);

function convolve(x, name, at) {
  const norm = (part) => parameters[`${name}.double_conv.${at + 1}.${part}`];
  const y = tf.conv2d(x, parameters[`${name}.double_conv.${at}.weight`], 1, "same");
  return tf.relu(
    tf.batchNorm(
      y,
      norm("running_mean"),
      norm("running_var"),
      norm("bias"),
      norm("weight"),
      1e-5,
    ),
  );
}

const double = (x, name) => convolve(convolve(x, name, 0), name, 3);

function up(x, skip, name) {
  const kernel = parameters[`${name}.up.weight`];
  const [n, height, width] = skip.shape;
  const size = [n, height, width, kernel.shape[2]];
  const y = tf.add(tf.conv2dTranspose(x, kernel, size, 2, "same"), parameters[`${name}.up.bias`]);
  return double(tf.concat([skip, y], 3), `${name}.conv`);
}

function forward(image) {
  const skips = [double(image, "inc")];
  for (let level = 1; level <= 4; level++) {
    const pooled = tf.maxPool(skips.at(-1), 2, 2, "valid");
    skips.push(double(pooled, `down${level}.maxpool_conv.1`));
  }
  let x = skips.pop();
  for (let level = 1; level <= 4; level++) x = up(x, skips.pop(), `up${level}`);
  return tf.add(
    tf.conv2d(x, parameters["outc.conv.weight"], 1, "same"),
    parameters["outc.conv.bias"],
  );
}

// One channel in, one out: NCHW and NHWC are the same numbers in the same order.
const [n, , height, width] = shape;
const image = tf.tensor4d(floats("image.f32"), [n, height, width, 1]);
await serve(`tfjs-backend-wasm ${tf.version.tfjs}, 1 thread`, async () => {
  const logits = tf.tidy(() => forward(image));
  const data = await logits.data();
  logits.dispose();
  return data;
});
