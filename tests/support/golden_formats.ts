/**
 * The files in tests/golden/formats, with what Pillow reads from them.
 *
 * @module
 */

const FOLDER = "tests/golden/formats";

/** The numbers of formats.json for one file. */
export interface ExpectedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly more_pages: boolean;
  /** Of the grey values, one byte each. */
  readonly grey_sha256: string;
  /** Of the values of a file with 16 bits, low byte first. */
  readonly wide_sha256?: string;
}

/** All files, or those with this ending. */
export function goldenFormats(ending = "") {
  const text = Deno.readTextFileSync(`${FOLDER}/formats.json`);
  return Object.entries(JSON.parse(text) as Record<string, ExpectedImage>)
    .filter(([name]) => name.endsWith(ending))
    .map(([name, expected]) => ({
      name,
      expected,
      bytes: Deno.readFileSync(`${FOLDER}/${name}`) as Uint8Array,
    }));
}
