/**
 * The PNG and JPEG decoders of the package imagescript: WebAssembly modules that need no permission. Its
 * own entry loads a native library, so this is the glue: bytes in, a view of the pixels out.
 *
 * Measured properties that the rest relies on: PNG comes out as RGBA whatever the file holds, with the
 * colours under transparent pixels untouched and the upper 8 bits of 16; JPEG comes out as grey, RGB or
 * CMYK (0 = no ink). After a refusal or a trap the state of a module is unknown: it is thrown away, as is a
 * module whose memory has grown large.
 *
 * @module
 */
import jpegBytes from "imagescript/wasm/any/jpeg.wasm" with { type: "bytes" };
import pngBytes from "imagescript/wasm/any/png.wasm" with { type: "bytes" };

/** Pixels in the memory of a decoder, gone with the next call. */
export interface CodecPixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  /** `[height, width, channels]`: grey, RGB, RGBA (PNG) or CMYK (JPEG). */
  readonly pixels: Uint8Array;
}

interface PngExports {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  walloc(bytes: number): number;
  wfree(address: number): void;
  /** The address of the pixels, negative when the file is refused. */
  decode(address: number, bytes: number): number;
  width(): number;
  height(): number;
}

interface JpegExports {
  readonly memory: WebAssembly.Memory;
  walloc(bytes: number): number;
  /** A handle; 0 or 1 when the file is refused. Frees the input. */
  decode(address: number, bytes: number, leastWidth: number, leastHeight: number): number;
  decode_width(handle: number): number;
  decode_height(handle: number): number;
  decode_format(handle: number): number;
  /** The address of the pixels; their number of bytes is then {@linkcode JpegExports.wlen}. */
  decode_buffer(handle: number): number;
  decode_free(handle: number): void;
  wlen(): number;
}

/** A decoder that holds more memory than this is thrown away after use. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** JPEG's channels by the decoder's number of the pixel format. */
const JPEG_CHANNELS = [1, 3, 4] as const;

const pngModule = new WebAssembly.Module(pngBytes);
const jpegModule = new WebAssembly.Module(jpegBytes);
let png: PngExports | undefined;
let jpeg: JpegExports | undefined;

/**
 * Decodes a PNG file that is given in parts, and passes RGBA pixels to `use`.
 *
 * @returns What `use` returns; `undefined` when the decoder refuses the file.
 */
export function withPngPixels<Result>(
  parts: readonly Uint8Array[],
  use: (decoded: CodecPixels) => Result,
): Result | undefined {
  const codec = png ?? startPng();
  png = undefined;
  const decoded = untilTrap(() => {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const input = codec.walloc(length);
    if (input === 0) return undefined;
    copyIn(codec.memory, input, parts);
    const address = codec.decode(input, length);
    codec.wfree(input);
    if (address <= 0) return undefined;
    const [width, height] = [codec.width(), codec.height()];
    return { width, height, address };
  });
  if (!decoded) return undefined;
  const { width, height, address } = decoded;
  const pixels = new Uint8Array(codec.memory.buffer, address, 4 * width * height);
  const result = use({ width, height, channels: 4, pixels });
  codec.wfree(address);
  if (codec.memory.buffer.byteLength <= KEPT_BYTES) png = codec;
  return result;
}

/**
 * Decodes a JPEG file and passes its pixels to `use`.
 *
 * @returns What `use` returns; `undefined` when the decoder refuses the file.
 */
export function withJpegPixels<Result>(
  bytes: Uint8Array,
  use: (decoded: CodecPixels) => Result,
): Result | undefined {
  const codec = jpeg ?? startJpeg();
  jpeg = undefined;
  const decoded = untilTrap(() => {
    const input = codec.walloc(bytes.length);
    if (input === 0) return undefined;
    copyIn(codec.memory, input, [bytes]);
    // The decoder can shrink while it decodes. No image is as large as this, so it never does.
    const handle = codec.decode(input, bytes.length, 65535, 65535);
    if (handle === 0 || handle === 1) return undefined;
    const [width, height] = [codec.decode_width(handle), codec.decode_height(handle)];
    const channels = JPEG_CHANNELS[codec.decode_format(handle)];
    const address = codec.decode_buffer(handle);
    if (codec.wlen() !== width * height * channels) return undefined;
    return { width, height, channels, address, handle };
  });
  if (!decoded) return undefined;
  const { width, height, channels, address, handle } = decoded;
  const pixels = new Uint8Array(codec.memory.buffer, address, width * height * channels);
  const result = use({ width, height, channels, pixels });
  codec.decode_free(handle);
  if (codec.memory.buffer.byteLength <= KEPT_BYTES) jpeg = codec;
  return result;
}

function startPng(): PngExports {
  const imports = { env: { emscripten_notify_memory_growth: () => {} } };
  const codec = new WebAssembly.Instance(pngModule, imports).exports as unknown as PngExports;
  codec._initialize();
  return codec;
}

function startJpeg(): JpegExports {
  return new WebAssembly.Instance(jpegModule).exports as unknown as JpegExports;
}

function copyIn(memory: WebAssembly.Memory, address: number, parts: readonly Uint8Array[]): void {
  const target = new Uint8Array(memory.buffer);
  let at = address;
  for (const part of parts) {
    target.set(part, at);
    at += part.length;
  }
}

/** Hostile files make the modules trap; that is a refusal like any other. */
function untilTrap<Result>(decode: () => Result): Result | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return undefined;
    throw error;
  }
}
