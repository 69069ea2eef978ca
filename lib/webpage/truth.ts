/**
 * The true mask of an image, from the mask files that were chosen beside it.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { type JudgedMask, MaskJudge } from "../dataset/masks.ts";
import { truthOf } from "../evaluate/truth.ts";
import { decodeImage } from "../image/codecs/decode.ts";
import type { GreyImage } from "../image/image.ts";
import { outlinePath } from "../pictures/outline_path.ts";
import { bytesOf, type DroppedFile } from "./dropped_files.ts";

/** The outline of an image's true mask, or why there is none. */
export async function truthIn(
  files: readonly DroppedFile[],
  image: GreyImage,
): Promise<{ readonly truth: string } | { readonly trouble: string }> {
  try {
    const judge = new MaskJudge();
    const masks: { judged: JudgedMask }[] = [];
    for (const { path, file } of files) {
      masks.push({ judged: judge.judge(decodeImage(await bytesOf(path, file), path), path) });
    }
    // Its hash is not asked for.
    const { truth } = truthOf({ image: { grey: image, sha256: "" }, masks });
    return { truth: outlinePath(truth) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { trouble: error.message };
  }
}
