/**
 * Coverage by lines, from a file in lcov's format.
 *
 * @module
 */

/** How many of some lines with code have run. */
export interface Lines {
  readonly all: number;
  readonly run: number;
}

/** The lines of each file under `root`, by its path from there. */
export function linesOf(lcov: string, root: string): Map<string, Lines> {
  const files = new Map<string, Lines>();
  for (const record of lcov.split("end_of_record\n")) {
    const path = /^SF:(.*)$/m.exec(record)?.[1];
    if (!path?.startsWith(`${root}/`)) continue;
    const counts = [...record.matchAll(/^DA:\d+,(\d+)/gm)].map(([, count]) => Number(count));
    const run = counts.filter((count) => count > 0).length;
    files.set(path.slice(root.length + 1), { all: counts.length, run });
  }
  return files;
}

/** The sums by folder: the first two names of a path, or the first for what lies in it. */
export function byFolder(files: ReadonlyMap<string, Lines>): Map<string, Lines> {
  const folders = new Map<string, Lines>();
  for (const [path, { all, run }] of files) {
    const folder = path.split("/").slice(0, -1).slice(0, 2).join("/");
    const sum = folders.get(folder) ?? { all: 0, run: 0 };
    folders.set(folder, { all: sum.all + all, run: sum.run + run });
  }
  return new Map([...folders].sort(([a], [b]) => a < b ? -1 : 1));
}

/** The share of lines that have run; 1 where there are none. */
export function shareOf({ all, run }: Lines): number {
  return all === 0 ? 1 : run / all;
}
