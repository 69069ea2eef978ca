// JPEG by libjpeg-turbo. Part of the worker's text (unpackers.ts).
import { bindCodec, isRefusal } from "./unpack_codec.js";

/** A decoder whose module holds more memory than this is released after use. */
const KEPT_BYTES = 64 * 1024 * 1024;

/**
 * @type {{
 *   readonly bound: import("./unpack_codec.js").BoundCodec,
 *   readonly decoder: import("./unpack_codec.js").CodecDecoder,
 * } | undefined}
 */
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
    if (isRefusal(error)) return undefined;
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

/** @param {import("./unpack_codec.js").CodecModule} turbo */
function startTurbo(turbo) {
  const bound = bindCodec(turbo);
  return { bound, decoder: new bound[turbo.decoder]() };
}
