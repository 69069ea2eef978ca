import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { justify } from "../../lib/pictures/justify.ts";

const SIZE = { width: 900, height: 180, space: 12 };

Deno.test("justify() fills every row, and keeps proportions", () => {
  const proportions = fc.array(fc.double({ min: 0.5, max: 3, noNaN: true }), {
    minLength: 8,
    maxLength: 60,
  });
  fc.assert(fc.property(proportions, (proportions) => {
    const { cells, heights, width } = justify(proportions, SIZE);
    assertEquals(cells.length, proportions.length);
    const isFull = cells.some(({ row }) => row > 0);
    for (const [row, height] of heights.entries()) {
      const own = cells.filter((cell) => cell.row === row);
      const last = own.at(-1)!;
      assertEquals(own[0].x, 0);
      if (isFull) assert(Math.abs(last.x + last.width - SIZE.width) <= 1, `row ${row}`);
      own.slice(1).forEach(({ x }, k) =>
        assert(Math.abs(x - own[k].x - own[k].width - SIZE.space) <= 1)
      );
      assert(own.every((cell) => cell.height === height));
    }
    cells.forEach(({ width, height }, k) =>
      assert(Math.abs(width - proportions[k] * height) <= 1 + proportions[k])
    );
    assert(width <= SIZE.width + 1);
  }));
});

Deno.test("justify() chooses rows of about the wished height, the last one too", () => {
  for (const count of [6, 7, 10, 24, 48]) {
    const { heights } = justify(Array.from({ length: count }, (_, k) => 1.2 + 0.1 * (k % 4)), SIZE);
    assert(heights.every((height) => height > 120 && height < 270), `${count}: ${heights}`);
  }
});

Deno.test("justify() enlarges pictures too few for a row, but not without limit", () => {
  assertEquals(justify([], SIZE), { cells: [], heights: [], width: 0 });
  assertEquals(justify([4 / 3], SIZE).cells, [{ row: 0, x: 0, width: 360, height: 270 }]);
  const { heights, width } = justify([4 / 3, 4 / 3, 4 / 3], SIZE);
  assertEquals([heights, width], [[219], 900]);
});

Deno.test("justify() gives extreme proportions a row, and at least one pixel", () => {
  const { cells, heights } = justify([300, 1, 1, 1, 1, 1, 1 / 300], SIZE);
  assertEquals([cells[0].row, cells[0].width, cells[0].height], [0, 900, 3]);
  assertEquals(cells[1].row, 1);
  assertEquals(cells.at(-1)!.width, 1);
  assert(heights.every((height) => height >= 1));
});
