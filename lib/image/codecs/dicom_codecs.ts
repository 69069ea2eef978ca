/**
 * The decoders of JPEG-LS and JPEG 2000 as WebAssembly. They need no permission; the entry points
 * of their packages would.
 *
 * @module
 */
import charlsWasm from "@cornerstonejs/codec-charls/decodewasm" with { type: "bytes" };
import charlsScript from "@cornerstonejs/codec-charls/decodewasmjs" with { type: "text" };
import openjpegWasm from "@cornerstonejs/codec-openjpeg/decodewasm" with { type: "bytes" };
import openjpegScript from "@cornerstonejs/codec-openjpeg/decodewasmjs" with { type: "text" };
import type { CodecModule } from "./unpack_codec.js";

/** CharLS reads JPEG-LS, OpenJPEG reads JPEG 2000. */
export type CodecName = "charls" | "openjpeg";

let modules: Readonly<Record<CodecName, CodecModule>> | undefined;

/** The decoders, compiled for the first file. */
export function codecModule(name: CodecName): CodecModule {
  modules ??= {
    charls: {
      module: new WebAssembly.Module(charlsWasm),
      script: charlsScript,
      factory: "CharLSWASM",
      decoder: "JpegLSDecoder",
    },
    openjpeg: {
      module: new WebAssembly.Module(openjpegWasm),
      script: openjpegScript,
      factory: "OpenJPEGWASM",
      decoder: "J2KDecoder",
    },
  };
  return modules[name];
}
