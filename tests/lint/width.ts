/**
 * Finds lines of comments and documentation that end beyond column 100. `deno fmt` does not wrap
 * them. Lines without a place to break are allowed: tables, code blocks, directives, and lines with
 * a word, such as a URL, that fits on no line.
 *
 *     deno run --allow-read=. tests/lint/width.ts
 *
 * prints the lines as `file:line` and exits with 1 if there are any.
 *
 * @module
 */

/** The last column of a line. */
const WIDTH = 100;

const CHECKED = /\.(ts|js|mjs|wgsl|md)$/;

/** Folders with data, and with installed, generated or golden files. */
const SKIPPED: ReadonlySet<string> = new Set([
  "./bench/peers/node_modules",
  "./coverage",
  "./data",
  "./kernels_as/build",
  "./shared",
  "./tests/golden",
  "./tests/temporary",
]);

/** A line of prose: the columns before the text, and the text. */
interface Prose {
  readonly margin: number;
  readonly text: string;
}

/** The numbers, counted from 1, of the lines of a file that are too wide. */
export function wideLines(path: string, content: string): number[] {
  const lines = content.split("\n");
  const prose = path.endsWith(".md") ? lines.map((text) => ({ margin: 0, text })) : comments(lines);
  const code = codeLines(prose);
  return lines.flatMap((line, index) => {
    const part = prose[index];
    if (part === undefined || code[index] || [...line].length <= WIDTH) return [];
    return canBreak(part) ? [index + 1] : [];
  });
}

/** The comment of each line; `undefined` for a line without one. */
function comments(lines: readonly string[]): (Prose | undefined)[] {
  let inBlock = false;
  return lines.map((line) => {
    const start = inBlock ? /^\s*(\* ?)?/ : /^\s*(\/\/|\/\*+) ?|^.*\S\s+\/\/ /;
    const margin = start.exec(line)?.[0].length;
    if (margin === undefined) return undefined;
    if (inBlock || /^\s*\/\*/.test(line)) inBlock = !line.includes("*/");
    return { margin, text: line.slice(margin) };
  });
}

/** Whether each line belongs to a code block: fenced, or indented by 4 after an empty line. */
function codeLines(prose: readonly (Prose | undefined)[]): boolean[] {
  let isFenced = false;
  let isIndented = false;
  let isBlank = true;
  return prose.map((part) => {
    const text = part?.text ?? "";
    const isFence = part !== undefined && text.trimStart().startsWith("```");
    if (isFence) isFenced = !isFenced;
    if (part === undefined) isFenced = false;
    isIndented = /^ {4}/.test(text) && (isIndented || isBlank) && !/^\s*([-*]|\d+\.) /.test(text);
    isBlank = text.trim() === "";
    return isFence || isFenced || isIndented;
  });
}

/** Whether a line of prose can be broken so that it fits. */
function canBreak({ margin, text }: Prose): boolean {
  if (/^\s*\|/.test(text) || /^(deno-|@ts-)/.test(text)) return false;
  const indent = text.length - text.trimStart().length;
  const longest = Math.max(...text.trim().split(/\s+/).map((word) => [...word].length));
  return Math.min(margin, WIDTH / 2) + indent + longest <= WIDTH;
}

/** The files to check in a folder and the folders below, sorted. */
function* filesBelow(folder: string): Generator<string> {
  const entries = [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isDirectory, isFile } of entries) {
    const path = `${folder}/${name}`;
    if (name.startsWith(".") || SKIPPED.has(path)) continue;
    if (isDirectory) yield* filesBelow(path);
    else if (isFile && CHECKED.test(name)) yield path;
  }
}

if (import.meta.main) {
  const found = [...filesBelow(".")].flatMap((path) =>
    wideLines(path, Deno.readTextFileSync(path)).map((line) => `${path.slice(2)}:${line}`)
  );
  for (const place of found) console.error(place);
  if (found.length > 0) {
    console.error(`${found.length} lines of comments or documentation end beyond column ${WIDTH}`);
    Deno.exit(1);
  }
}
