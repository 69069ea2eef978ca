// JPEG data. Part of the worker's text (unpackers.ts).
import { checkScans } from "./jpeg_scans.js";
import { decodeByImagescript } from "./unpack_imagescript.js";
import { decodeByTurbo } from "./unpack_turbo.js";

/**
 * A JPEG file, the values of its header and its scans. `turbo` and `imagescript` are the decoders.
 *
 * @typedef {{
 *   readonly kind: "jpeg",
 *   readonly data: Uint8Array,
 *   readonly width: number,
 *   readonly height: number,
 *   readonly channels: number,
 *   readonly scans: readonly import("./jpeg_scans.js").Scan[],
 *   readonly turbo: import("./unpack_codec.js").CodecModule,
 *   readonly imagescript: WebAssembly.Module,
 * }} JpegWork
 */

/**
 * The channels of a file that is whole: grey, RGB or CMYK. libjpeg-turbo decodes as Pillow does,
 * but neither ink nor rare samplings of colour; imagescript decodes these.
 *
 * @param {JpegWork} work
 * @returns {Uint8Array<ArrayBuffer> | string | undefined}
 */
export function unpackJpeg(work) {
  const problem = checkScans(work.data, work.scans);
  if (problem !== undefined) return problem;
  return (work.channels < 4 ? decodeByTurbo(work) : undefined) ?? decodeByImagescript(work);
}
