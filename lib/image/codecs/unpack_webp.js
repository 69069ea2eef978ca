// WebP pictures. Part of the worker's text (unpackers.ts).

/**
 * A WebP file with one picture, and its size. `module` is libwebp, of the package @cwasm/webp.
 *
 * @typedef {{
 *   readonly kind: "webp",
 *   readonly data: Uint8Array,
 *   readonly width: number,
 *   readonly height: number,
 *   readonly module: WebAssembly.Module,
 * }} WebpWork
 */

/**
 * The module's exports. `WebPDecodeRGBA` writes the size to two addresses and returns the address
 * of the pixels, or 0 for a refused file.
 *
 * @typedef {{
 *   readonly memory: WebAssembly.Memory,
 *   malloc(bytes: number): number,
 *   WebPDecodeRGBA(address: number, bytes: number, width: number, height: number): number,
 * }} Libwebp
 */

/**
 * Red, green, blue and alpha of a picture; `undefined` when libwebp refuses the file or differs in
 * size.
 *
 * A new instance for each file: its memory ends with it, and nothing that a hostile file does to
 * that memory reaches another file.
 *
 * @param {WebpWork} work
 * @returns {Uint8Array<ArrayBuffer> | undefined}
 */
export function unpackWebp({ data, width, height, module }) {
  try {
    const { exports } = new WebAssembly.Instance(module, { wasi_snapshot_preview1: NO_SYSTEM });
    const libwebp = /** @type {Libwebp} */ (/** @type {unknown} */ (exports));
    const input = libwebp.malloc(data.length);
    const size = libwebp.malloc(8);
    if (input === 0 || size === 0) return undefined;
    new Uint8Array(libwebp.memory.buffer).set(data, input);
    const address = libwebp.WebPDecodeRGBA(input, data.length, size, size + 4);
    if (address === 0) return undefined;
    const { buffer } = libwebp.memory;
    if (address + 4 * width * height > buffer.byteLength) return undefined;
    const [decodedWidth, decodedHeight] = new Uint32Array(buffer, size, 2);
    if (decodedWidth !== width || decodedHeight !== height) return undefined;
    return new Uint8Array(buffer, address, 4 * width * height).slice();
  } catch (error) {
    // Hostile files can make the module trap. A trap counts as a refusal.
    if (error instanceof WebAssembly.RuntimeError) return undefined;
    throw error;
  }
}

/** The module's imports: it writes messages in no build that is released. */
function refuse() {
  throw new WebAssembly.RuntimeError("libwebp has no system");
}
const NO_SYSTEM = { fd_close: refuse, fd_seek: refuse, fd_write: refuse };
