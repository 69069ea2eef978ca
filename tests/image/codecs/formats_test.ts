/** Files that Pillow wrote: every pixel is Pillow's. */
import { assertEquals } from "@std/assert";
import { sha256 } from "../../../lib/core/hash.ts";
import { decodeImage } from "../../../lib/image/codecs/decode.ts";
import { greyOf } from "../../../lib/image/depth.ts";
import { goldenFormats } from "../../support/golden_formats.ts";

for (const { name, bytes, expected } of goldenFormats()) {
  Deno.test(`decodeImage() reads ${name} as Pillow does`, async () => {
    const image = decodeImage(bytes, name);
    const { width, height, channels, more_pages, grey_sha256, wide_sha256 } = expected;
    assertEquals([image.width, image.height], [width, height]);
    // A BMP file with a palette of greys has one for Pillow, and so has a GIF file.
    if (!/grey.gif|(bits|grey).bmp/.test(name)) assertEquals(image.channels, channels);
    assertEquals(image.morePages ?? false, more_pages);
    assertEquals(await sha256(greyOf(image).pixels), grey_sha256);
    const wide = image.wide && new Uint8Array(image.wide.buffer);
    assertEquals(wide && await sha256(wide), wide_sha256);
    assertEquals(
      image.orientation,
      Number(name.match(/orientation_(\d)/)?.[1] ?? NaN) || undefined,
    );
  });
}
