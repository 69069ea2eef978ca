/**
 * Content hashes.
 *
 * @module
 */

/** The SHA-256 of bytes as hexadecimal text. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource)).toHex();
}
