// deno-lint-ignore-file no-unused-vars -- the viewer calls these functions.
// Masks in the viewer: one byte a pixel, 1 inside, row by row.

/** The bytes of a map that lib/page/probability_map.ts has packed. */
async function unpackMap(base64, width) {
  const deflated = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  for (let i = 0; i < bytes.length; i++) {
    const left = i % width > 0 ? bytes[i - 1] : 0;
    const above = i >= width ? bytes[i - width] : 0;
    const corner = i % width > 0 && i >= width ? bytes[i - width - 1] : 0;
    bytes[i] += left + above - corner;
  }
  return bytes;
}

/** The mask inside a path along pixel edges: M, h, v and z, by the even-odd rule. */
function maskOfPath(path, width, height) {
  const mask = new Uint8Array(width * height);
  let [x, y, startX, startY] = [0, 0, 0, 0];
  const down = (to) => {
    for (let row = Math.min(y, to); row < Math.max(y, to); row++) {
      if (x < width) mask[row * width + x] ^= 1;
    }
    y = to;
  };
  for (const [, letter, first, second] of path.matchAll(/([Mhvz])(-?\d+)?(?: (-?\d+))?/g)) {
    if (letter === "M") [x, y] = [startX, startY] = [Number(first), Number(second)];
    else if (letter === "h") x += Number(first);
    else if (letter === "v") down(y + Number(first));
    else if (x === startX) down(startY);
  }
  for (let i = 0; i < mask.length; i++) if (i % width > 0) mask[i] ^= mask[i - 1];
  return mask;
}

/**
 * The lesions of a mask, as the program takes them: parts whose pixels touch along edges or
 * corners, of at least so many pixels, or only the largest (the first of equal ones).
 */
function lesionsOf(mask, width, height, { least, onlyLargest }) {
  const labels = new Int32Array(mask.length);
  const areas = [0];
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] === 0 || labels[start] !== 0) continue;
    const label = areas.length;
    const waiting = [start];
    labels[start] = label;
    areas.push(0);
    while (waiting.length > 0) {
      const at = waiting.pop();
      areas[label]++;
      const [x, y] = [at % width, Math.floor(at / width)];
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
          const next = row * width + column;
          if (mask[next] === 0 || labels[next] !== 0) continue;
          labels[next] = label;
          waiting.push(next);
        }
      }
    }
  }
  const large = areas.map((area) => area > 0 && area >= least);
  const largest = areas.indexOf(areas.reduce((most, area) => Math.max(most, area)));
  const isKept = large.map((is, label) => is && (!onlyLargest || label === largest));
  return {
    mask: Uint8Array.from(labels, (label) => isKept[label] ? 1 : 0),
    count: isKept.filter(Boolean).length,
  };
}

/** The outline of a mask along its pixels' edges. */
function outlineOfMask(mask, width, height) {
  const isIn = (x, y) => x >= 0 && x < width && y >= 0 && y < height && mask[y * width + x] === 1;
  // Right, down, left, up. The region lies to the right of the way.
  const steps = [[1, 0], [0, 1], [-1, 0], [0, -1]];
  const aheadLeft = [[0, -1], [0, 0], [-1, 0], [-1, -1]];
  const walked = new Uint8Array(mask.length);
  const outline = new Path2D();
  for (let start = 0; start < mask.length; start++) {
    const [startX, startY] = [start % width, Math.floor(start / width)];
    if (!isIn(startX, startY) || isIn(startX, startY - 1) || walked[start]) continue;
    let [x, y, way] = [startX, startY, 0];
    outline.moveTo(x, y);
    do {
      if (way === 0) walked[y * width + x] = 1;
      x += steps[way][0];
      y += steps[way][1];
      const before = way;
      const isAhead = (side) => isIn(x + aheadLeft[side][0], y + aheadLeft[side][1]);
      // Ahead on the right of one way is ahead on the left of the next.
      if (isAhead(way)) way = (way + 3) % 4;
      else if (!isAhead((way + 1) % 4)) way = (way + 1) % 4;
      if (way !== before) outline.lineTo(x, y);
    } while (x !== startX || y !== startY || way !== 0);
    outline.closePath();
  }
  return outline;
}
