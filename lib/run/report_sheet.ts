/**
 * The sheet of augmented training images for the report.
 *
 * @module
 */
import { readPngHeader } from "../image/codecs/png_header.ts";
import type { Sheet } from "../report/page/report_data.ts";
import { FILES, type RunFolder } from "./run_folder.ts";

/** The largest sheet that is shown, in bytes. */
const MOST_BYTES = 8 << 20;

/**
 * Reads `augmented.png`; `undefined` in a run that changes no image.
 *
 * @throws {InputError} if the file is too large or no PNG file.
 */
export async function augmentedOf(run: RunFolder): Promise<Sheet | undefined> {
  const bytes = await run.readBytes(FILES.augmented, { limit: MOST_BYTES });
  if (bytes === undefined) return undefined;
  const { width, height } = readPngHeader(bytes, run.file(FILES.augmented));
  return { width, height, png: bytes.toBase64() };
}
