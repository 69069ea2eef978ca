/**
 * Turns and mirrors images by their EXIF orientation.
 *
 * @module
 */

/**
 * For each orientation: the corner of the stored image that is top left when looked at, and whether
 * rows become columns.
 */
const TURNS: Readonly<Record<number, readonly [right: 0 | 1, bottom: 0 | 1, swapped: boolean]>> = {
  1: [0, 0, false],
  2: [1, 0, false],
  3: [1, 1, false],
  4: [0, 1, false],
  5: [0, 0, true],
  6: [0, 1, true],
  7: [1, 1, true],
  8: [1, 0, true],
};

/** The size of a stored image after its turn. */
export function turnedSize(
  { width, height }: { readonly width: number; readonly height: number },
  orientation: number,
): { readonly width: number; readonly height: number } {
  return TURNS[orientation][2] ? { width: height, height: width } : { width, height };
}

/**
 * An image as it is meant to be looked at.
 *
 * @param values Stored values `[height, width, channels]`.
 * @param size The stored size in px.
 * @param orientation EXIF's number, 1 (as stored) to 8.
 * @returns New values, for 1 those given; the size is that of {@linkcode turnedSize}.
 */
export function turn<Values extends Uint8Array | Uint16Array>(
  values: Values,
  { width, height }: { readonly width: number; readonly height: number },
  orientation: number,
): Values {
  if (orientation === 1) return values;
  const [right, bottom, swapped] = TURNS[orientation];
  const channels = values.length / (width * height);
  // Steps in the stored image, in pixels, for one pixel to the right and down there.
  const across = right ? -1 : 1, down = bottom ? -width : width;
  const [stepX, stepY] = swapped ? [down, across] : [across, down];
  const size = turnedSize({ width, height }, orientation);
  const turned = values.slice() as Values;
  let row = bottom * (height - 1) * width + right * (width - 1);
  let to = 0;
  for (let y = 0; y < size.height; y++, row += stepY) {
    for (let x = 0, from = row; x < size.width; x++, from += stepX) {
      for (let k = 0; k < channels; k++) turned[to++] = values[from * channels + k];
    }
  }
  return turned;
}
