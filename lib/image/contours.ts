/**
 * Converts regions of pixels to polygons and back, without loss.
 *
 * Corners are pixel corners: (0, 0) is the top left corner of the image, pixel (x, y) the square
 * from (x, y) to (x + 1, y + 1). A ring runs along pixel edges with the region on its right: outer
 * rings are clockwise on the screen, rings around holes counter-clockwise. It has a corner only
 * where it turns, and visits no corner twice: where pixels touch only at a corner, two rings meet.
 * By the even-odd rule, all rings of a region together enclose exactly its pixels.
 *
 * @module
 */

/** A pixel corner: x to the right, y down. */
export type Point = readonly [number, number];

/** A closed line; the last corner is joined to the first, which is not repeated. */
export type Ring = readonly Point[];

/** A rectangle of pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The smallest box around boxes, of which there is at least one. */
export function boxAround(boxes: readonly Box[]): Box {
  return boxes.reduce((all, one) => {
    const [x, y] = [Math.min(all.x, one.x), Math.min(all.y, one.y)];
    return {
      x,
      y,
      width: Math.max(all.x + all.width, one.x + one.width) - x,
      height: Math.max(all.y + all.height, one.y + one.height) - y,
    };
  });
}

/** Bits of a cell: its pixel is in the region; the edge above it was walked. */
const INSIDE = 1;
const WALKED = 2;

/**
 * The pixels of a box, with a border of one cell, so that nothing looks beyond. The cell of a pixel
 * stands for its top left corner, too.
 */
interface Cells {
  readonly bits: Uint8Array;
  /** The number of cells in a row. */
  readonly across: number;
}

/**
 * The rings around the pixels of a box for which `inside` holds. `inside` is called once for each
 * pixel of the box. Rings are ordered by their topmost edges, row by row.
 */
export function traceRings(box: Box, inside: (x: number, y: number) => boolean): Ring[] {
  const { x: left, y: top, width, height } = box;
  const across = width + 2;
  const bits = new Uint8Array(across * (height + 2));
  for (let y = 0; y < height; y++) {
    const row = (y + 1) * across + 1;
    for (let x = 0; x < width; x++) if (inside(left + x, top + y)) bits[row + x] = INSIDE;
  }
  // Every ring has an edge, walked to the right, with the region below it. The search begins at
  // such edges.
  const rings: Ring[] = [];
  for (let y = 0; y < height; y++) {
    const row = (y + 1) * across + 1;
    for (let x = 0; x < width; x++) {
      const at = row + x;
      if (bits[at] !== INSIDE || (bits[at - across] & INSIDE) !== 0) continue;
      const line = walk([left + x, top + y], at, { bits, across });
      for (const ring of simpleRings(line, left + across)) rings.push(ring);
    }
  }
  return rings;
}

/**
 * The corners of the closed line that leaves `start`, whose cell is `at`, to the right. Marks the
 * edges that it walks to the right.
 */
function walk(start: Point, at: number, { bits, across }: Cells): Point[] {
  const first = at;
  // Right, down, left, up: the step, and the pixels to the right and left ahead of a corner.
  const steps = [1, across, -1, -across];
  const rights = [0, -1, -across - 1, -across];
  const lefts = [-across, 0, -1, -across - 1];
  const corners: Point[] = [start];
  let [x, y] = start;
  let direction = 0;
  for (;;) {
    if (direction === 0) bits[at] |= WALKED;
    at += steps[direction];
    if (direction % 2 === 0) x += 1 - direction;
    else y += 2 - direction;
    const turn = (bits[at + rights[direction]] & INSIDE) === 0
      ? 1
      : (bits[at + lefts[direction]] & INSIDE) === 0
      ? 0
      : 3;
    if (turn === 0) continue;
    direction = (direction + turn) % 4;
    if (at === first && direction === 0) return corners;
    corners.push([x, y]);
  }
}

/**
 * Splits a closed line where it reaches a corner for the second time.
 *
 * @param across More than any x.
 */
function simpleRings(line: readonly Point[], across: number): Ring[] {
  const rings: Ring[] = [];
  const open: Point[] = [];
  const places = new Map<number, number>();
  const keyOf = ([x, y]: Point) => y * across + x;
  for (const corner of line) {
    const key = keyOf(corner);
    const place = places.get(key);
    if (place === undefined) {
      places.set(key, open.length);
      open.push(corner);
      continue;
    }
    const ring = open.splice(place, Infinity, corner);
    for (const one of ring.slice(1)) places.delete(keyOf(one));
    rings.push(ring);
  }
  return [open, ...rings];
}

/** The signed area of a ring in px: above 0 for an outer ring, below 0 around a hole. */
export function signedArea(ring: Ring): number {
  let twice = 0;
  ring.forEach(([x, y], index) => {
    const [nextX, nextY] = ring[(index + 1) % ring.length];
    twice += x * nextY - nextX * y;
  });
  return twice / 2;
}

/**
 * The number of pixels that rings enclose: outer rings count as they are, rings around holes as
 * negative. Throws `RangeError` for a ring that leaves the box, a slanted edge, or a corner off the
 * pixel grid.
 */
export function ringsArea(rings: readonly Ring[], box: Box): number {
  return rings.reduce((sum, ring) => {
    checkRing(ring, box);
    return sum + signedArea(ring);
  }, 0);
}

/** Throws `RangeError` unless the edges of a ring lie on pixel edges of the box. */
function checkRing(ring: Ring, { x: left, y: top, width, height }: Box): void {
  ring.forEach(([x, y], index) => {
    const [nextX, nextY] = ring[(index + 1) % ring.length];
    const isCorner = Number.isInteger(x) && Number.isInteger(y) &&
      x >= left && x <= left + width && y >= top && y <= top + height;
    if (!isCorner || (x !== nextX && y !== nextY)) {
      throw new RangeError(
        `the edge from ${x},${y} to ${nextX},${nextY} does not lie on pixel edges of the box`,
      );
    }
  });
}

/**
 * The pixels that rings along pixel edges enclose by the even-odd rule, `[height, width]` of the
 * box: 1 inside, 0 outside. Throws `RangeError` for a ring that leaves the box, a slanted edge, or
 * a corner off the pixel grid.
 */
export function fillRings(rings: readonly Ring[], box: Box): Uint8Array {
  const { x: left, y: top, width, height } = box;
  // One more column holds the toggles of edges on the right border of the box.
  const toggled = new Uint8Array((width + 1) * height);
  for (const ring of rings) {
    checkRing(ring, box);
    ring.forEach(([x, y], index) => {
      const [nextX, nextY] = ring[(index + 1) % ring.length];
      for (let row = Math.min(y, nextY); x === nextX && row < Math.max(y, nextY); row++) {
        toggled[(row - top) * (width + 1) + x - left] ^= 1;
      }
    });
  }
  const filled = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    let inside = 0;
    for (let column = 0; column < width; column++) {
      inside ^= toggled[row * (width + 1) + column];
      filled[row * width + column] = inside;
    }
  }
  return filled;
}
