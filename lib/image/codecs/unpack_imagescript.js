// JPEG by the decoder of the package imagescript. Part of the worker's text (unpackers.ts).

/**
 * The decoder's exports. `decode` returns a handle (0 or 1 for a refused file) and frees the input.
 * `decode_format` returns an index into CHANNELS. `decode_buffer` returns the address of the
 * pixels; `wlen` is then their number of bytes.
 *
 * @typedef {{
 *   readonly memory: WebAssembly.Memory,
 *   walloc(bytes: number): number,
 *   decode(address: number, bytes: number, leastWidth: number, leastHeight: number): number,
 *   decode_width(handle: number): number,
 *   decode_height(handle: number): number,
 *   decode_format(handle: number): number,
 *   decode_buffer(handle: number): number,
 *   wlen(): number,
 * }} Codec
 */

/** Grey, RGB, CMYK (255 = full ink). */
const CHANNELS = [1, 3, 4];

/**
 * The decoded pixels: grey, RGB or CMYK; `undefined` when the decoder refuses the file or differs
 * in size.
 *
 * A new instance for each file: its memory ends with it, and nothing that a hostile file does to
 * that memory reaches another file.
 *
 * @param {import("./unpack_jpeg.js").JpegWork} work
 * @returns {Uint8Array<ArrayBuffer> | undefined}
 */
export function decodeByImagescript({ data, width, height, channels, imagescript }) {
  try {
    const { exports } = new WebAssembly.Instance(imagescript);
    const codec = /** @type {Codec} */ (/** @type {unknown} */ (exports));
    const input = codec.walloc(data.length);
    if (input === 0) return undefined;
    new Uint8Array(codec.memory.buffer).set(data, input);
    // The decoder shrinks larger pictures. No accepted image has a side of 65535 px.
    const handle = codec.decode(input, data.length, 65535, 65535);
    if (handle === 0 || handle === 1) return undefined;
    if (codec.decode_width(handle) !== width || codec.decode_height(handle) !== height) {
      return undefined;
    }
    if (CHANNELS[codec.decode_format(handle)] !== channels) return undefined;
    const address = codec.decode_buffer(handle);
    const length = codec.wlen();
    if (length !== width * height * channels) return undefined;
    return new Uint8Array(codec.memory.buffer, address, length).slice();
  } catch (error) {
    // Hostile files can make the module trap. A trap counts as a refusal.
    if (error instanceof WebAssembly.RuntimeError) return undefined;
    throw error;
  }
}
