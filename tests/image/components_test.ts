import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { connectedComponents } from "../../lib/image/components.ts";
import type { GreyImage } from "../../lib/image/image.ts";

function imageOf(...rows: string[]): GreyImage {
  const pixels = Uint8Array.from(rows.join(""), (letter) => letter === "#" ? 255 : 0);
  return { width: rows[0].length, height: rows.length, pixels };
}

/** The obvious way: flood each part in turn. */
function floodFill({ width, height, pixels }: GreyImage) {
  const labels = new Int32Array(pixels.length);
  const areas: number[] = [];
  for (let start = 0; start < pixels.length; start++) {
    if (pixels[start] === 0 || labels[start] !== 0) continue;
    const label = areas.push(0);
    const open = [start];
    labels[start] = label;
    while (open.length > 0) {
      const i = open.pop()!;
      areas[label - 1]++;
      for (const dy of [-1, 0, 1]) {
        for (const dx of [-1, 0, 1]) {
          const x = i % width + dx;
          const y = Math.floor(i / width) + dy;
          if (x < 0 || x >= width || y < 0 || y >= height) continue;
          const neighbour = y * width + x;
          if (pixels[neighbour] === 0 || labels[neighbour] !== 0) continue;
          labels[neighbour] = label;
          open.push(neighbour);
        }
      }
    }
  }
  return { labels, areas: Int32Array.from(areas) };
}

Deno.test("connectedComponents() joins pixels that touch at a corner", () => {
  assertEquals(connectedComponents(imageOf("#..", ".#.", "..#")).areas, Int32Array.of(3));
  assertEquals(connectedComponents(imageOf("#.#", "...", "#.#")).areas, Int32Array.of(1, 1, 1, 1));
});

Deno.test("connectedComponents() does not join the end of a row with the start of the next", () => {
  assertEquals(connectedComponents(imageOf("...#", "....", "#...")).areas, Int32Array.of(1, 1));
  assertEquals(connectedComponents(imageOf("...#", "#...")).areas, Int32Array.of(1, 1));
});

Deno.test("connectedComponents() joins the arms of a U and of a spiral", () => {
  assertEquals(connectedComponents(imageOf("#...#", "#...#", "#####")).areas, Int32Array.of(9));
  const spiral = imageOf(
    "#######",
    "......#",
    "#####.#",
    "#...#.#",
    "#.###.#",
    "#.....#",
    "#######",
  );
  assertEquals(connectedComponents(spiral).areas, Int32Array.of(31));
});

Deno.test("connectedComponents() numbers parts as they are met and drops small ones", () => {
  const image = imageOf(".#..##", ".....#", "##....");
  assertEquals(connectedComponents(image).areas, Int32Array.of(1, 3, 2));
  const { labels, areas } = connectedComponents(image, 2);
  assertEquals(areas, Int32Array.of(3, 2));
  assertEquals([...labels], [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 2, 2, 0, 0, 0, 0]);
});

Deno.test("connectedComponents() finds nothing in a black mask", () => {
  assertEquals(connectedComponents(imageOf("...", "...")).areas, Int32Array.of());
});

Deno.test("connectedComponents() agrees with flood filling on random masks", () => {
  const masks = fc.integer({ min: 1, max: 17 }).chain((width) =>
    fc.array(fc.constantFrom(0, 0, 1, 255), { minLength: width, maxLength: width * 12 })
      .map((values): GreyImage => {
        const height = Math.floor(values.length / width);
        return { width, height, pixels: Uint8Array.from(values.slice(0, width * height)) };
      })
  );
  fc.assert(fc.property(masks, (mask) => {
    assertEquals(connectedComponents(mask), floodFill(mask));
  }));
});
