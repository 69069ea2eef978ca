/**
 * Guesses the content of a file from its first bytes, for the message that refuses it. File names
 * are unreliable: exports have wrong extensions, and failed downloads are web pages.
 *
 * @module
 */

/** What DCMTK's dcmconv writes anew: its first element is of group 8 or 2. */
const DATA_SET = "a DICOM file without the letters DICM, which `dcmconv` adds";

/** Signatures of formats that occur in image folders: text expected at an offset. */
const SIGNATURES: readonly (readonly [offset: number, signature: string, what: string])[] = [
  [0, "\x89PNG", "a PNG image that was damaged in transfer"],
  [0, "\x08\0\0\0", DATA_SET],
  [0, "\x08\0\x05\0", DATA_SET],
  [0, "\x02\0\0\0", DATA_SET],
  [4, "ftypavif", "an AVIF image"],
  [4, "ftyphei", "a HEIC image"],
  [4, "ftypmif1", "a HEIC image"],
  [4, "ftyp", "an MP4 film"],
  [4, "jP  \r\n", "a JPEG 2000 image"],
  [0, "\xff\x4f\xff\x51", "a JPEG 2000 image"],
  [4, "JXL \r\n", "a JPEG XL image"],
  [0, "\xff\x0a", "a JPEG XL image"],
  [0, "8BPS", "a Photoshop file"],
  [0, "%PDF-", "a PDF document"],
  [0, "PK\x03\x04", "a ZIP archive"],
  [0, "\x1f\x8b", "a gzip archive"],
  [0, "\x89HDF\r\n", "an HDF5 file"],
  [0, "\x93NUMPY", "a NumPy array"],
  [344, "n+1\0", "a NIfTI image"],
];

/** The number of bytes that are examined. */
const LOOKED_AT_BYTES = 512;

/**
 * The probable content of a file that no codec takes, with an article ("a PDF document").
 * `undefined` for unknown content.
 */
export function guessContent(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return "an empty file";
  const head = bytes.subarray(0, LOOKED_AT_BYTES);
  const text = Array.from(head, (byte) => String.fromCharCode(byte)).join("");
  for (const [offset, signature, what] of SIGNATURES) {
    if (text.startsWith(signature, offset)) return what;
  }
  if (head.every((byte) => byte === 0)) return "a file of zeros";
  const trimmed = text.replace(/^\xef\xbb\xbf/, "").trimStart().toLowerCase();
  if (/^(<!doctype html|<html)/.test(trimmed)) return "a web page (HTML)";
  if (/^(<svg|<\?xml[^>]*>\s*(<!--.*?-->\s*|<!doctype svg[^>]*>\s*)*<svg)/s.test(trimmed)) {
    return "an SVG drawing";
  }
  if (head.every(isTextByte)) return "text";
  return undefined;
}

/** Printable ASCII, white space, or a byte of a UTF-8 sequence. */
function isTextByte(byte: number): boolean {
  return byte >= 0x20 && byte !== 0x7f || byte >= 0x09 && byte <= 0x0d;
}
