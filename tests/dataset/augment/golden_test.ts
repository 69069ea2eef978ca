/** Every change of an image against the numbers of NumPy and SciPy (tests/golden/augment). */
import { assert, assertEquals } from "@std/assert";
import type { DrawKey, ImageDraw } from "../../../lib/dataset/augment/draw.ts";
import { KernelCalls } from "../../../lib/dataset/augment/kernel_calls.ts";
import { callValues } from "../../../lib/dataset/augment/values.ts";
import { callWarp } from "../../../lib/dataset/augment/warp.ts";

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

const { width, height, key } = GOLDEN;
const AREA = width * height;

/** An image and its mask as a draw moves them. */
function warped(image: Uint8Array, mask: Uint8Array, draw: ImageDraw) {
  const calls = new KernelCalls();
  const from = { image: calls.put(image), mask: calls.put(mask) };
  const to = { image: calls.room(AREA), mask: calls.room(AREA) };
  callWarp(calls, width, height, from, to, draw);
  calls.run();
  return { image: calls.bytes(to.image, AREA), mask: calls.bytes(to.mask, AREA) };
}

/** An image after all changes of its values. */
function revalued(image: Uint8Array, draw: ImageDraw): Uint8Array {
  const calls = new KernelCalls();
  const address = calls.put(image);
  callValues(calls, width, height, address, draw, key);
  calls.run();
  return calls.bytes(address, AREA);
}

for (const { name, draw: written, image, mask } of GOLDEN.cases) {
  Deno.test(`augmentation as NumPy and SciPy compute it: ${name}`, () => {
    const draw = drawOf(written);
    const given = Uint8Array.fromHex(GOLDEN.image);
    if (mask) {
      const moved = warped(given, Uint8Array.fromHex(GOLDEN.mask), draw);
      assertNear(moved.image, image, 0.01, name);
      assertNear(moved.mask, mask, 0.01, `${name}, mask`);
      assertEquals(warped(given, given, draw).mask, moved.image);
    } else {
      const changed = revalued(given, draw);
      assertNear(changed, image, draw.blur === undefined ? 0.01 : 0.25, name);
    }
  });
}
