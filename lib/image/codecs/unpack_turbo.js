// JPEG by libjpeg-turbo. Part of the worker's text (unpackers.ts).

/**
 * libjpeg-turbo, of the package @cornerstonejs/codec-libjpeg-turbo-8bit: the WebAssembly module,
 * and the text of the script that binds it.
 *
 * @typedef {{ readonly module: WebAssembly.Module, readonly script: string }} Turbo
 */

/**
 * What the script makes of the module.
 *
 * @typedef {{ readonly HEAPU8: Uint8Array, readonly JPEGDecoder: new () => TurboDecoder }} Bound
 */

/**
 * A decoder. Its buffers are views of the module's memory.
 *
 * @typedef {{
 *   getEncodedBuffer(bytes: number): Uint8Array,
 *   decode(): void,
 *   getDecodedBuffer(): Uint8ClampedArray,
 *   getFrameInfo(): { width: number, height: number, componentCount: number },
 * }} TurboDecoder
 */

/** A decoder whose module holds more memory than this is released after use. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** @type {{ readonly bound: Bound, readonly decoder: TurboDecoder } | undefined} */
let kept;

/**
 * A copy of the decoded pixels, grey or RGB; `undefined` when the decoder refuses the file or
 * differs in size. After a refusal its state is unknown, so it is not kept.
 *
 * @param {import("./unpack_jpeg.js").JpegWork} work
 * @returns {Uint8Array<ArrayBuffer> | undefined}
 */
export function decodeByTurbo({ data, width, height, channels, turbo }) {
  const { bound, decoder } = kept ?? startTurbo(turbo);
  kept = undefined;
  try {
    decoder.getEncodedBuffer(data.length).set(data);
    decoder.decode();
  } catch (error) {
    // An exception of C++ arrives as a number. Hostile files can make the module trap.
    if (typeof error === "number" || error instanceof WebAssembly.RuntimeError) return undefined;
    throw error;
  }
  const frame = decoder.getFrameInfo();
  const decoded = decoder.getDecodedBuffer();
  const isRight = frame.width === width && frame.height === height &&
    frame.componentCount === channels && decoded.length === width * height * channels;
  const pixels = new Uint8Array(decoded);
  if (isRight && bound.HEAPU8.length <= KEPT_BYTES) kept = { bound, decoder };
  return isRight ? pixels : undefined;
}

/**
 * A new decoder. The script is written for pages and Node, whose names it looks for; it gets
 * neither here, so that it reads no file. Given an instance at once, it is ready at once.
 *
 * The policy of a page forbids to make functions of texts: there the script has run before.
 *
 * @param {Turbo} turbo
 */
function startTurbo({ module, script }) {
  const bind = Reflect.get(globalThis, "libjpegturbowasm_decode") ??
    new Function("process", "document", `${script}; return libjpegturbowasm_decode;`)();
  /** @type {Record<string, unknown>} */
  const bound = {
    print() {},
    printErr() {},
    /**
     * @param {WebAssembly.Imports} imports
     * @param {(instance: WebAssembly.Instance) => void} receive
     */
    instantiateWasm(imports, receive) {
      const instance = new WebAssembly.Instance(module, imports);
      receive(instance);
      return instance.exports;
    },
  };
  bind(bound);
  const ready = /** @type {Bound} */ (/** @type {unknown} */ (bound));
  return { bound: ready, decoder: new ready.JPEGDecoder() };
}
