// Decoders of C++ that are bound by Emscripten's embind, of the packages @cornerstonejs/codec-*.
// Part of the worker's text (unpackers.ts).

/**
 * A decoder: its WebAssembly module, the text of the script that binds it, the name of the function
 * that the script defines, and the name of the class that decodes.
 *
 * @typedef {{
 *   readonly module: WebAssembly.Module,
 *   readonly script: string,
 *   readonly factory: string,
 *   readonly decoder: string,
 * }} CodecModule
 */

/**
 * What the script makes of the module.
 *
 * @typedef {{ readonly HEAPU8: Uint8Array } & Record<string, new () => CodecDecoder>} BoundCodec
 */

/**
 * A decoder. Its buffers are views of the module's memory.
 *
 * @typedef {{
 *   getEncodedBuffer(bytes: number): Uint8Array,
 *   decode(): void,
 *   getDecodedBuffer(): Uint8Array | Uint8ClampedArray,
 *   getFrameInfo(): {
 *     width: number,
 *     height: number,
 *     componentCount: number,
 *     bitsPerSample: number,
 *   },
 * }} CodecDecoder
 */

/**
 * JPEG-LS or JPEG 2000 data, and what its header says.
 *
 * @typedef {{
 *   readonly kind: "codec",
 *   readonly data: Uint8Array,
 *   readonly width: number,
 *   readonly height: number,
 *   readonly components: number,
 *   readonly bits: number,
 *   readonly codec: CodecModule,
 * }} CodecWork
 */

/** The memory that a decoder may take: this much, and so many bytes for each sample. */
const FREE_BYTES = 64 * 1024 * 1024;
const BYTES_PER_SAMPLE = 24;

/**
 * The samples: bytes, or for more than 8 bits two bytes, the lower one first. `undefined` when the
 * decoder refuses the data or differs in size.
 *
 * A new instance for each image: its memory ends with it, and nothing that a hostile file does to
 * that memory reaches another file.
 *
 * @param {CodecWork} work
 * @returns {Uint8Array<ArrayBuffer> | undefined}
 */
export function unpackByCodec({ data, width, height, components, bits, codec }) {
  const samples = width * height * components;
  try {
    const bound = bindCodec(codec, FREE_BYTES + 2 * data.length + BYTES_PER_SAMPLE * samples);
    const decoder = new bound[codec.decoder]();
    decoder.getEncodedBuffer(data.length).set(data);
    decoder.decode();
    const frame = decoder.getFrameInfo();
    const decoded = decoder.getDecodedBuffer();
    const isRight = frame.width === width && frame.height === height &&
      frame.componentCount === components && frame.bitsPerSample === bits &&
      decoded.length === samples * (bits > 8 ? 2 : 1);
    return isRight ? new Uint8Array(decoded) : undefined;
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/**
 * Whether a decoder threw this because of its data. An exception of C++ arrives as a number.
 * Hostile files can make the module trap, or ask for more memory than there is.
 *
 * @param {unknown} error
 */
export function isRefusal(error) {
  return typeof error === "number" || error instanceof WebAssembly.RuntimeError ||
    error instanceof WebAssembly.Exception || error instanceof RangeError;
}

/**
 * Binds a module. The script is written for pages and Node, whose names it looks for; it gets
 * neither here, so that it reads no file. Given an instance at once, it is ready at once. It prints
 * nothing.
 *
 * The policy of a page forbids to make functions of texts: there the script has run before.
 *
 * @param {CodecModule} codec
 * @param {number} [most] The most memory in bytes.
 * @returns {BoundCodec}
 */
export function bindCodec({ module, script, factory }, most) {
  const bind = Reflect.get(globalThis, factory) ??
    new Function("process", "document", `${script}; return ${factory};`)();
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
      if (most !== undefined) limitMemory(instance, most);
      receive(instance);
      return instance.exports;
    },
  };
  bind(bound);
  return /** @type {BoundCodec} */ (/** @type {unknown} */ (bound));
}

/**
 * Lets the memory of an instance grow to so many bytes. Its script then tells the decoder that
 * there is no more.
 *
 * @param {WebAssembly.Instance} instance
 * @param {number} most
 */
function limitMemory(instance, most) {
  for (const memory of Object.values(instance.exports)) {
    if (!(memory instanceof WebAssembly.Memory)) continue;
    const grow = memory.grow.bind(memory);
    memory.grow = (pages) => {
      if (memory.buffer.byteLength + 65536 * pages > most) throw new RangeError("too much memory");
      return grow(pages);
    };
  }
}
