/**
 * The DICOM files of tests/golden/dicom, which other programs packed, with the pixels that they
 * show.
 *
 * @module
 */
const FOLDER = "tests/golden/dicom";

/** A file, and its pixels in 8-bit grey or RGB. */
export interface GoldenDicom {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly shown: Uint8Array<ArrayBuffer>;
}

/** All files, by their names. */
export function goldenDicoms(): GoldenDicom[] {
  const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort()
    .filter((name) => name.endsWith(".dcm")).map((name) => name.slice(0, -4));
  return names.map((name) => ({
    name,
    bytes: Deno.readFileSync(`${FOLDER}/${name}.dcm`),
    shown: Deno.readFileSync(`${FOLDER}/${name}.raw`),
  }));
}
