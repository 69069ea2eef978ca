/**
 * Damages text files in the ways of editors, spreadsheets, full disks and hostile hands.
 *
 * @module
 */
import type { RandomStream } from "../../lib/core/random.ts";

/** What stands in place of a value. */
const VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  0.5,
  1e308,
  2 ** 53,
  "",
  "text",
  "NaN",
  "\x1b]0;x\x07\n=1+1",
  "../../x",
  "x".repeat(100_000),
  [],
  [null],
  [[[]]],
  {},
  { a: { b: 1 } },
  { "__proto__": 1 },
];

/** A text in place of a cell or of a piece of text. */
const CELLS = [
  "",
  "NaN",
  "-1",
  "1e309",
  "Infinity",
  "x",
  '"',
  ",",
  "\n",
  "\0",
  "é",
  "9".repeat(400),
];

/** A damaged version of a text file, as bytes. */
export function damagedText(bytes: Uint8Array, random: RandomStream): Uint8Array {
  const below = (n: number) => random.integerBelow(Math.max(1, n));
  const text = new TextDecoder().decode(bytes);
  const encode = (changed: string) => new TextEncoder().encode(changed);
  const json = parsed(text);
  if (json !== undefined && below(3) > 0) return encode(JSON.stringify(changed(json, below)));
  const lines = text.split("\n");
  const at = below(lines.length);
  switch (below(8)) {
    case 0:
      return encode(lines.toSpliced(at, 0, CELLS[below(CELLS.length)]).join("\n"));
    case 1:
      return encode(lines.toSpliced(at, 1).join("\n"));
    case 2:
      return encode(lines.toSpliced(at, 0, lines[below(lines.length)]).join("\n"));
    case 3:
      return bytes.slice(0, below(bytes.length));
    case 4:
      return Uint8Array.from({ length: below(300) }, () => below(256));
    case 5:
      return encode(text.toUpperCase());
    case 6:
      return Uint8Array.from([0xff, 0xfe].concat(Array.from(bytes)));
    default: {
      const cells = lines[at].split(",");
      const line = cells.toSpliced(below(cells.length), 1, CELLS[below(CELLS.length)]).join(",");
      return encode(lines.with(at, line).join("\n"));
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A JSON value in which one value is another, is gone, or stands under another key. */
function changed(json: unknown, below: (n: number) => number): unknown {
  if (typeof json !== "object" || json === null || below(5) === 0) {
    return VALUES[below(VALUES.length)];
  }
  const keys = Object.keys(json);
  if (keys.length === 0) return VALUES[below(VALUES.length)];
  const key = keys[below(keys.length)];
  const entries: [string, unknown][] = Object.entries(json).map(([name, value]) => [
    name,
    name === key ? changed(value, below) : value,
  ]);
  if (Array.isArray(json)) {
    const items = entries.map(([, value]) => value);
    return below(6) === 0 ? [...items, ...items] : items;
  }
  switch (below(8)) {
    case 0:
      return Object.fromEntries(entries.filter(([name]) => name !== key));
    case 1:
      return Object.fromEntries(entries.map(([name, value]) => [
        name === key ? `${name} ` : name,
        value,
      ]));
    default:
      return Object.fromEntries(entries);
  }
}
