/**
 * Content hashes.
 *
 * @module
 */

/** The SHA-256 of bytes, or of text in UTF-8, as hexadecimal text. */
export async function sha256(content: Uint8Array | string): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource)).toHex();
}
