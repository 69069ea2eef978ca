/**
 * COCO segmentations decoded as pycocotools decodes them, written from the description of the format and apart from
 * the product's own encoder.
 *
 * @module
 */

/** The run lengths in a compressed text. */
export function decodeCocoRle(text: string): number[] {
  const counts: number[] = [];
  const letters = [...text].map((letter) => letter.charCodeAt(0) - 48);
  while (letters.length > 0) {
    let value = 0;
    let weight = 1;
    for (;;) {
      const letter = letters.shift();
      if (letter === undefined || letter < 0 || letter > 63) throw new Error(`broken: ${text}`);
      value += (letter % 32) * weight;
      weight *= 32;
      if (letter >= 32) continue;
      if (letter >= 16) value -= weight;
      break;
    }
    counts.push(counts.length > 2 ? value + counts[counts.length - 2] : value);
  }
  return counts;
}
