/**
 * Turns SVG into PNG with resvg, compiled to WebAssembly, and the Inter font (SIL Open Font
 * License). Both are imported as bytes, so drawing needs no permission.
 *
 * @module
 */
import regular from "@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf" with {
  type: "bytes",
};
import semiBold from "@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf" with {
  type: "bytes",
};
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import resvgModule from "@resvg/resvg-wasm/index_bg.wasm" with { type: "bytes" };
import { encodeColours } from "./png.ts";

let ready: Promise<void> | undefined;

/** Pixels of 4 bytes: red, green, blue, each multiplied by the opacity, which comes last. */
export interface RgbaPixels {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Renders a drawing `zoom` times its own size. Returns the bytes of a PNG file. */
export async function renderPng(svg: string, zoom = 1): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, pixels } = await renderPixels(svg, zoom);
  return await encodeColours(pixels, width, height, 4);
}

/** Renders a drawing `zoom` times its own size. Paper makes every pixel opaque. */
export async function renderPixels(svg: string, zoom = 1): Promise<RgbaPixels> {
  // resvg can be initialised only once in a program.
  await (ready ??= initWasm(resvgModule));
  const resvg = new Resvg(svg, {
    font: { fontBuffers: [regular, semiBold], defaultFontFamily: "Inter" },
    fitTo: { mode: "zoom", value: zoom },
  });
  try {
    const rendered = resvg.render();
    try {
      const { width, height, pixels } = rendered;
      return { width, height, pixels };
    } finally {
      rendered.free();
    }
  } finally {
    resvg.free();
  }
}
