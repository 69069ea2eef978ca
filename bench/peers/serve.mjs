/**
 * The protocol between a peer and main.ts: one JSON object per line. A peer first writes
 * `{ ready: "name version" }` or `{ missing: "reason" }`. It then answers each line that it reads
 * with `{ ms, output }` (the file of its logits) or `{ ms, loss }`.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import readline from "node:readline";

/** The folder that main.ts has written, and the number of threads. */
const folder = process.argv[2];
export const threads = Number(process.argv[3]);
/** `{ kind, base, size, n }`. */
export const workload = JSON.parse(readFileSync(`${folder}/workload.json`, "utf8"));
export const shape = [workload.n, 1, workload.size, workload.size];

/** The floats of a file. */
export function floats(name) {
  const { buffer, byteOffset, byteLength } = readFileSync(`${folder}/${name}`);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** The bytes of a file. */
export function bytes(name) {
  return readFileSync(`${folder}/${name}`);
}

/** The state_dict: `{ shape, data }` by name. */
export function weights() {
  const file = bytes("weights.safetensors");
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, 8 + length).toString());
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
  return Object.fromEntries(entries.map(([name, { shape, data_offsets: [begin, end] }]) => {
    const start = file.byteOffset + 8 + length;
    return [name, { shape, data: new Float32Array(file.buffer.slice(start + begin, start + end)) }];
  }));
}

/** Answers until standard input ends. `run()` returns the logits. */
export async function serve(ready, run) {
  say({ ready });
  for await (const _ of readline.createInterface({ input: process.stdin })) {
    const start = performance.now();
    const logits = await run();
    const ms = performance.now() - start;
    writeFileSync(`${folder}/logits.f32`, logits);
    say({ ms, output: "logits.f32" });
  }
  process.exit(0);
}

/** Reports that this peer cannot run the workload, and ends the process. */
export function missing(why) {
  say({ missing: why });
  process.exit(0);
}

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
