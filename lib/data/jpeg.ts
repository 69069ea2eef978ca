/**
 * JPEG decoding, by the WebAssembly decoder of the package imagescript. The package's own entry loads a
 * native library, which needs permissions; the module alone needs none, so this is the glue.
 *
 * It reads baseline and progressive files, grey, colour and CMYK. A file that ends early is refused; bits
 * that are wrong inside a scan cannot be noticed, for JPEG has no checksum. After a refusal or a trap the
 * state of the module is unknown: it is thrown away, as is one whose memory has grown large.
 *
 * @module
 */
import wasm from "imagescript/wasm/any/jpeg.wasm" with { type: "bytes" };
import { InputError } from "../errors.ts";
import type { ImageHeader } from "./header.ts";

interface Codec {
  readonly memory: WebAssembly.Memory;
  walloc(bytes: number): number;
  /** A handle; 0 or 1 when the file is refused. Frees the input. */
  decode(address: number, bytes: number, leastWidth: number, leastHeight: number): number;
  decode_width(handle: number): number;
  decode_height(handle: number): number;
  /** An index into {@linkcode CHANNELS}. */
  decode_format(handle: number): number;
  /** The address of the pixels; `wlen` is then their number of bytes. */
  decode_buffer(handle: number): number;
  decode_free(handle: number): void;
  wlen(): number;
}

/** Grey, RGB, CMYK (255 = full ink). */
const CHANNELS = [1, 3, 4];

/** A decoder that holds more memory than this is thrown away after use. */
const KEPT_BYTES = 64 * 1024 * 1024;

const module = new WebAssembly.Module(wasm);
let kept: Codec | undefined;

/**
 * Decodes a JPEG file.
 *
 * @param bytes The whole file.
 * @param header What {@linkcode readImageHeader} says of it.
 * @param name How to call the file in an error.
 * @returns 8-bit values `[height, width, header.channels]`: grey or RGB.
 * @throws {InputError} when the file is cut off or damaged, or the result is not what the header says.
 */
export function decodeJpeg(bytes: Uint8Array, header: ImageHeader, name: string): Uint8Array {
  const codec = kept ?? new WebAssembly.Instance(module).exports as unknown as Codec;
  kept = undefined;
  const pixels = decode(codec, bytes, header);
  if (!pixels) {
    throw new InputError(
      `${name} is cut off or damaged: its JPEG data for ${header.width} x ${header.height} px cannot ` +
        `be unpacked; copy it again.`,
    );
  }
  if (codec.memory.buffer.byteLength <= KEPT_BYTES) kept = codec;
  return header.colours === "cmyk" ? rgbFromCmyk(pixels) : pixels;
}

/** A copy of the decoded pixels; `undefined` when the decoder refuses the file or differs in size. */
function decode(codec: Codec, bytes: Uint8Array, header: ImageHeader): Uint8Array | undefined {
  try {
    const input = codec.walloc(bytes.length);
    if (input === 0) return undefined;
    new Uint8Array(codec.memory.buffer).set(bytes, input);
    // The decoder can shrink while it decodes. No image is as large as this, so it never does.
    const handle = codec.decode(input, bytes.length, 65535, 65535);
    if (handle === 0 || handle === 1) return undefined;
    const [width, height] = [codec.decode_width(handle), codec.decode_height(handle)];
    const channels = CHANNELS[codec.decode_format(handle)];
    const address = codec.decode_buffer(handle);
    const length = codec.wlen();
    const expected = header.colours === "cmyk" ? 4 : header.channels;
    if (width !== header.width || height !== header.height || channels !== expected) {
      return undefined;
    }
    if (length !== width * height * channels) return undefined;
    const pixels = new Uint8Array(codec.memory.buffer, address, length).slice();
    codec.decode_free(handle);
    return pixels;
  } catch (error) {
    // Hostile files make the module trap; that is a refusal like any other.
    if (error instanceof WebAssembly.RuntimeError) return undefined;
    throw error;
  }
}

/** RGB from CMYK as Pillow converts it: each colour is what its ink and the black leave of white. */
function rgbFromCmyk(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(cmyk.length / 4 * 3);
  for (let from = 0, to = 0; from < cmyk.length; from += 4, to += 3) {
    const white = 255 - cmyk[from + 3];
    for (let i = 0; i < 3; i++) rgb[to + i] = white - Math.round(cmyk[from + i] * white / 255);
  }
  return rgb;
}
