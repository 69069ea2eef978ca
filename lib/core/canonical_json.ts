/**
 * Canonical JSON: keys sorted, no white space. Equal values give equal bytes. Numbers are written
 * in their shortest form that reads back as the same double.
 *
 * @module
 */

/**
 * Serialises plain data. Throws `TypeError` for values outside JSON: NaN, infinities, functions.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`)}}`;
  }
  if (Object.is(value, -0)) return "-0";
  const plain = typeof value === "number"
    ? Number.isFinite(value)
    : value === null || typeof value === "string" || typeof value === "boolean";
  if (!plain) throw new TypeError(`JSON cannot hold ${String(value)}`);
  return JSON.stringify(value);
}
