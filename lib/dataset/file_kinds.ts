/**
 * Recognises files by other means than the endings of images: DICOM files without an ending, which
 * are images, and files that look like images but that Sonoseg does not read, so that a search can
 * count them by kind.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { baseName } from "../core/paths.ts";
import { CODECS } from "../image/codecs/codecs.ts";
import type { FileFinder } from "../store/store.ts";

/** Endings of pictures, volumes, arrays, films and documents in which images come. */
const OTHER_ENDINGS = [
  "dib|apng|jpe|jfif|jls|jp2|j2k|jpx|jpf|jpc|jxl|heic|heif|avif|svg|psd|xcf",
  "ppm|pgm|pbm|pnm|pam|exr|hdr|dng|cr2|nef|arw|ico|tga|pcx|dds|emf|wmf|eps|svs|ndpi|czi|raw|img",
  "nii|nii\\.gz|mha|mhd|nrrd|nhdr|mgz|mat|npy|npz|h5|hdf5",
  "mp4|m4v|avi|mov|mkv|wmv|mpg|mpeg|webm|flv|3gp|mjpeg",
  "pdf",
].join("|");

const OTHER_NAME = new RegExp(`(\\.(${OTHER_ENDINGS}))$`, "i");

/** Files without an ending, or with one of digits as in a DICOM file's UID. */
const WITHOUT_ENDING = /(^|\/)[^./]+$|\.\d+$/;

/** The list of the files on a medium, which is a DICOM file but no image. */
const DICOM_LIST = "dicomdir";

/** The bytes that tell a DICOM file: a preamble of 128 bytes, and four letters. */
const DICOM_BYTES = 132;

/** The kind of a file that is an image though its name does not say so. */
export const DICOM_KIND = "DICOM";

/**
 * The kind of a file that looks like an image that is not read, by its name: its ending, such as
 * ".jp2". `undefined` for other files.
 */
export function kindByName(path: string): string | undefined {
  return OTHER_NAME.exec(path)?.[1].toLowerCase();
}

/**
 * The kind of a file that has no ending of an image: by its name or, where the name has no ending,
 * by its first bytes, {@linkcode DICOM_KIND} or such as "PNG without ending".
 */
export async function kindOfFile(data: FileFinder, path: string): Promise<string | undefined> {
  const kind = kindByName(path);
  if (kind !== undefined || !WITHOUT_ENDING.test(path)) return kind;
  if (baseName(path).toLowerCase() === DICOM_LIST) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = await data.readStart(path, DICOM_BYTES);
  } catch (error) {
    // An unreadable file without an ending is most likely no image.
    if (error instanceof InputError) return undefined;
    throw error;
  }
  const codec = CODECS.find((codec) => codec.sniff(bytes));
  if (codec === undefined) return undefined;
  return codec.name === "dicom" ? DICOM_KIND : `${codec.title} without ending`;
}
