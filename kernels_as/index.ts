// Every kernel of the CPU engine. compile.ts builds this file into build/kernels.wasm.
export { greyFromGreyAlpha, greyFromRgb, greyFromRgba } from "./grey";
export { fill } from "./memory";
export { resizeRows, transpose } from "./resize";
