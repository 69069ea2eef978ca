/**
 * Connected components of a mask, to count and measure lesions.
 *
 * The first pass gives provisional labels and joins touching ones (union-find, Rosenfeld and Pfaltz
 * 1966). The second pass numbers the components in row-major order.
 *
 * @module
 */
import type { GreyImage } from "./image.ts";

/** The provisional labels that there is space for at first. */
const FIRST_LABELS = 1024;

/** The components of a mask. */
export interface Components {
  /** Labels `[height, width]`: 0 outside, else the number of the component, from 1. */
  readonly labels: Int32Array;
  /** The area of each component in px; `areas[k]` belongs to label `k + 1`. */
  readonly areas: Int32Array;
}

/**
 * Finds the 8-connected components of the pixels that are not 0. Components smaller than
 * `smallestArea` px are dropped (label 0).
 */
export function connectedComponents(mask: GreyImage, smallestArea = 1): Components {
  const { width, height, pixels } = mask;
  const labels = new Int32Array(width * height);
  let parents = new Int32Array(FIRST_LABELS);
  let used = 1;
  const root = (label: number): number => {
    while (parents[label] !== label) {
      parents[label] = parents[parents[label]];
      label = parents[label];
    }
    return label;
  };

  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (pixels[i] === 0) continue;
      // The neighbours already visited: left, and the three above.
      let label = x > 0 ? labels[i - 1] : 0;
      for (
        let column = Math.max(0, x - 1);
        y > 0 && column <= Math.min(width - 1, x + 1);
        column++
      ) {
        const above = labels[i - width + column - x];
        if (above === 0 || above === label) continue;
        if (label === 0) {
          label = above;
        } else {
          const [a, b] = [root(label), root(above)];
          parents[Math.max(a, b)] = Math.min(a, b);
        }
      }
      if (label === 0) {
        if (used === parents.length) {
          const longer = new Int32Array(2 * used);
          longer.set(parents);
          parents = longer;
        }
        label = used++;
        parents[label] = label;
      }
      labels[i] = label;
    }
  }

  const counts = new Int32Array(used);
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== 0) counts[labels[i] = root(labels[i])]++;
  }
  // A root is the smallest label of its component, so roots in order are components in row-major
  // order.
  let kept = 0;
  for (let label = 1; label < used; label++) {
    const area = counts[label];
    const isKept = area >= Math.max(1, smallestArea);
    // The table of roots becomes the table of numbers, and that of counts the list of areas.
    parents[label] = isKept ? kept + 1 : 0;
    if (isKept) counts[kept++] = area;
  }
  for (let i = 0; i < labels.length; i++) labels[i] = parents[labels[i]];
  return { labels, areas: counts.subarray(0, kept) };
}
