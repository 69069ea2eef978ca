// Every kernel of the CPU engine. compile.ts builds this file into build/kernels.wasm.
export { fill } from "./memory";
