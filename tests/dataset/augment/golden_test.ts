/** Every change of an image against the numbers of NumPy and SciPy (tests/golden/augment). */
import { assert, assertEquals } from "@std/assert";
import type { DrawKey, ImageDraw } from "../../../lib/dataset/augment/draw.ts";
import { revalued } from "../../../lib/dataset/augment/values.ts";
import { warped } from "../../../lib/dataset/augment/warp.ts";

interface Golden {
  readonly width: number;
  readonly height: number;
  readonly key: DrawKey;
  readonly image: string;
  readonly mask: string;
  readonly cases: readonly {
    readonly name: string;
    readonly draw: Omit<ImageDraw, "elastic"> & {
      readonly elastic?: { readonly cells: number; readonly dx: string; readonly dy: string };
    };
    readonly image: string;
    readonly mask?: string;
  }[];
}

const GOLDEN: Golden = JSON.parse(Deno.readTextFileSync("tests/golden/augment/augment.json"));

/**
 * float32 rounds a value, or a position to 1/256 px, otherwise than float64 here and there: by one
 * level, in few pixels. The blur rounds its rows, too.
 */
function assertNear(actual: Uint8Array, golden: string, mostOthers: number, name: string) {
  const expected = [...Uint8Array.fromHex(golden)];
  assertEquals(actual.length, expected.length);
  const others = expected.filter((value, i) => value !== actual[i]).length;
  const largest = Math.max(...expected.map((value, i) => Math.abs(value - actual[i])));
  assert(largest <= 1 && others <= mostOthers * expected.length, `${name}: ${others}, ${largest}`);
}

/** The nodes are written as words. */
function drawOf({ elastic, ...draw }: Golden["cases"][number]["draw"]): ImageDraw {
  if (elastic === undefined) return draw;
  const floats = (words: string) => Float32Array.from(words.split(" "), Number);
  const { cells, dx, dy } = elastic;
  return { ...draw, elastic: { cells, dx: floats(dx), dy: floats(dy) } };
}

for (const { name, draw: written, image, mask } of GOLDEN.cases) {
  Deno.test(`augmentation as NumPy and SciPy compute it: ${name}`, () => {
    const { width, height, key } = GOLDEN;
    const draw = drawOf(written);
    const given = Uint8Array.fromHex(GOLDEN.image);
    if (mask) {
      const source = { width, height, image: given, mask: Uint8Array.fromHex(GOLDEN.mask) };
      const moved = warped(source, draw);
      assertNear(moved.image, image, 0.01, name);
      assertNear(moved.mask, mask, 0.01, `${name}, mask`);
      assertEquals(warped({ ...source, mask: given }, draw).mask, moved.image);
    } else {
      const changed = revalued({ width, height, pixels: given }, draw, key);
      assertNear(changed, image, draw.blur === undefined ? 0.01 : 0.25, name);
    }
  });
}
