import { assert, assertEquals } from "@std/assert";
import { RandomStream } from "../../lib/core/random.ts";
import { type Fit, fitInput, type Frame, frameOf, unfit } from "../../lib/image/fit.ts";
import type { GreyImage } from "../../lib/image/image.ts";
import { resizeGrey } from "../../lib/image/resize.ts";
import { resizeFloat } from "../../lib/image/resize_float.ts";

/** A mask with a white rectangle; `right` and `bottom` are behind its last pixels. */
function rectangle(width: number, height: number, edges: Edges): GreyImage {
  const pixels = new Uint8Array(width * height);
  for (let y = edges.top; y < edges.bottom; y++) {
    pixels.fill(255, y * width + edges.left, y * width + edges.right);
  }
  return { width, height, pixels };
}

interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The bounding box of the pixels at or above half. */
function edgesOf(values: Uint8Array | Float32Array, width: number): Edges {
  const inside = [...values.keys()].filter((i) => values[i] > 127);
  const [xs, ys] = [inside.map((i) => i % width), inside.map((i) => Math.floor(i / width))];
  return {
    left: Math.min(...xs),
    top: Math.min(...ys),
    right: Math.max(...xs) + 1,
    bottom: Math.max(...ys) + 1,
  };
}

/** Sizes of images, `[width, height]`, extreme ones first, then random ones. */
function sizes(count: number): [number, number][] {
  const random = new RandomStream(5, "sizes");
  const side = () => 1 + Math.floor(120 * random.uniform());
  const drawn = Array.from({ length: count }, (): [number, number] => [side(), side()]);
  return [[1, 1], [1, 500], [500, 1], [17, 31], [31, 17], [64, 48], ...drawn];
}

const INPUTS: readonly [number, number][] = [[48, 48], [64, 48], [33, 50], [16, 97]];

/** An image of noise, different at each place. */
function noise(width: number, height: number): GreyImage {
  const random = new RandomStream(width * 1000 + height, "noise");
  const pixels = Uint8Array.from({ length: width * height }, () => random.bits32() & 255);
  return { width, height, pixels };
}

Deno.test("frameOf() places images of known sizes", () => {
  const cases: [[number, number], [number, number], Frame][] = [
    [[40, 20], [20, 20], { left: 0, top: 5, width: 20, height: 10 }],
    [[20, 40], [20, 20], { left: 5, top: 0, width: 10, height: 20 }],
    [[10, 5], [20, 20], { left: 0, top: 5, width: 20, height: 10 }],
    // The rest is odd: one px more below, or to the right.
    [[20, 9], [20, 20], { left: 0, top: 5, width: 20, height: 9 }],
    [[9, 20], [20, 20], { left: 5, top: 0, width: 9, height: 20 }],
    // 10.5 rounds up, 10.4 down, and nothing becomes thinner than a pixel.
    [[40, 21], [20, 20], { left: 0, top: 4, width: 20, height: 11 }],
    [[50, 26], [20, 20], { left: 0, top: 5, width: 20, height: 10 }],
    [[1, 500], [64, 64], { left: 31, top: 0, width: 1, height: 64 }],
    [[500, 1], [64, 64], { left: 0, top: 31, width: 64, height: 1 }],
    [[17, 31], [64, 64], { left: 14, top: 0, width: 35, height: 64 }],
    [[64, 64], [96, 48], { left: 24, top: 0, width: 48, height: 48 }],
  ];
  for (const [[width, height], [across, down], frame] of cases) {
    const input = { width: across, height: down };
    assertEquals(frameOf({ width, height }, { ...input, fit: "pad" }), frame);
    const whole = { left: 0, top: 0, ...input };
    assertEquals(frameOf({ width, height }, { ...input, fit: "squash" }), whole);
    assertEquals(frameOf({ width, height }, input), whole);
  }
});

Deno.test("frameOf() keeps the aspect ratio to half a pixel, fills a side and centres", () => {
  for (const [width, height] of INPUTS) {
    for (const [across, down] of sizes(200)) {
      const frame = frameOf({ width: across, height: down }, { width, height, fit: "pad" });
      const scale = Math.min(width / across, height / down);
      const words = `${across}x${down} in ${width}x${height}`;
      assert(frame.width === width || frame.height === height, words);
      const isNear = (side: number, exact: number) =>
        side === 1 && exact < 1 || Math.abs(side - exact) <= 0.5 + 1e-9;
      assert(isNear(frame.width, across * scale) && isNear(frame.height, down * scale), words);
      const right = width - frame.width - frame.left;
      const below = height - frame.height - frame.top;
      assert([0, 1].includes(right - frame.left) && [0, 1].includes(below - frame.top), words);
    }
  }
});

Deno.test("fitInput() is the resized image in its frame, and black around it", () => {
  for (const [width, height] of INPUTS) {
    for (const [across, down] of sizes(30)) {
      const image = noise(across, down);
      const input = { width, height, fit: "pad" } as const;
      const frame = frameOf(image, input);
      const inside = resizeGrey(image, frame.width, frame.height).pixels;
      const expected = Uint8Array.from({ length: width * height }, (_, i) => {
        const [x, y] = [i % width - frame.left, Math.floor(i / width) - frame.top];
        const isInside = x >= 0 && y >= 0 && x < frame.width && y < frame.height;
        return isInside ? inside[y * frame.width + x] : 0;
      });
      assertEquals(fitInput(image, input), expected);
    }
  }
});

Deno.test("pad equals squash for images of the input's aspect ratio, bit for bit, both ways", () => {
  for (const [width, height] of INPUTS) {
    for (const factor of [1, 2, 3]) {
      const image = noise(width * factor, height * factor);
      const [pad, squash] = (["pad", "squash"] as Fit[]).map((fit) => ({ width, height, fit }));
      assertEquals(fitInput(image, pad), fitInput(image, squash));
      assertEquals(fitInput(image, squash), resizeGrey(image, width, height).pixels);
      const values = Float32Array.from(noise(width, height).pixels);
      const back = unfit(values, pad, image);
      assertEquals(back, unfit(values, squash, image));
      assertEquals(back, resizeFloat(values, width, height, image.width, image.height));
    }
  }
});

Deno.test("a rectangle with known edges is where it belongs, in the input and back", () => {
  const cases: [[number, number], [number, number], Edges, Edges][] = [
    // Half the size, 10 rows below the top.
    [
      [80, 40],
      [40, 40],
      { left: 16, top: 8, right: 48, bottom: 24 },
      { left: 8, top: 14, right: 24, bottom: 22 },
    ],
    // Twice the size, 10 columns from the left.
    [
      [10, 20],
      [40, 40],
      { left: 2, top: 5, right: 7, bottom: 11 },
      { left: 14, top: 10, right: 24, bottom: 22 },
    ],
    // At the corners of the image, with an odd rest: 3 rows above, 4 below.
    [
      [40, 13],
      [40, 20],
      { left: 0, top: 0, right: 40, bottom: 13 },
      { left: 0, top: 3, right: 40, bottom: 16 },
    ],
  ];
  for (const [[across, down], [width, height], edges, expected] of cases) {
    const mask = rectangle(across, down, edges);
    const input = { width, height, fit: "pad" } as const;
    const fitted = fitInput(mask, input);
    assertEquals(edgesOf(fitted, width), expected);
    assertEquals(edgesOf(unfit(Float32Array.from(fitted), input, mask), across), edges);
  }
});

Deno.test("a mask comes back but for what resizing costs", () => {
  const random = new RandomStream(1, "rectangles");
  for (const [width, height] of INPUTS) {
    for (const [across, down] of sizes(40)) {
      const input = { width, height, fit: "pad" } as const;
      const edge = (side: number) => Math.floor((side + 1) * random.uniform());
      const [left, right] = [edge(across), edge(across)].sort((a, b) => a - b);
      const [top, bottom] = [edge(down), edge(down)].sort((a, b) => a - b);
      const mask = rectangle(across, down, { left, top, right, bottom });
      const back = unfit(Float32Array.from(fitInput(mask, input)), input, mask);
      // Without padding the way there and back is two resizes.
      const frame = frameOf(mask, input);
      const small = Float32Array.from(resizeGrey(mask, frame.width, frame.height).pixels);
      assertEquals(back, resizeFloat(small, frame.width, frame.height, across, down));
      // A pixel that changes is no farther from an edge than a filter reaches.
      const reach = [across / frame.width, down / frame.height].map((scale) =>
        1 + 2 * Math.max(1, scale)
      );
      back.forEach((value, i) => {
        if ((value > 127.5) === (mask.pixels[i] > 127)) return;
        const [x, y] = [i % across + 0.5, Math.floor(i / across) + 0.5];
        const isNear = Math.min(Math.abs(x - left), Math.abs(x - right)) <= reach[0] ||
          Math.min(Math.abs(y - top), Math.abs(y - bottom)) <= reach[1];
        assert(isNear, `${across}x${down} in ${width}x${height}: ${x}, ${y}`);
      });
    }
  }
});

Deno.test("unfit() reads nothing of the padding", () => {
  const input = { width: 48, height: 40, fit: "pad" } as const;
  for (const [width, height] of sizes(20)) {
    const frame = frameOf({ width, height }, input);
    const values = new Float32Array(48 * 40).fill(NaN);
    for (let y = 0; y < frame.height; y++) {
      values.fill(
        3,
        (frame.top + y) * 48 + frame.left,
        (frame.top + y) * 48 + frame.left + frame.width,
      );
    }
    for (const at of [{ width, height }, { width: 21, height: 13 }]) {
      const back = unfit(values, input, { width, height }, at);
      assertEquals(back.length, at.width * at.height);
      assert(back.every((value) => Math.abs(value - 3) < 1e-5));
    }
  }
});

Deno.test("a mask of another size than its image lies where the image does", () => {
  const input = { width: 40, height: 40, fit: "pad" } as const;
  const image = { width: 80, height: 40 };
  const mask = rectangle(40, 40, { left: 0, top: 0, right: 40, bottom: 40 });
  const whole = { left: 0, top: 10, right: 40, bottom: 30 };
  assertEquals(edgesOf(fitInput(mask, input, image), 40), whole);
});
