/**
 * The golden file of registers and spills, and the comparison with it.
 *
 * @module
 */
import type { PipelineFigures, Statistics } from "./statistics.ts";

const FILE = new URL("golden.json", import.meta.url);

/** The command that writes the golden file. */
const COMMAND = "deno task lab:gpu --write";

/**
 * The most that a figure may grow under another compiler than the golden file's: a factor, and
 * something besides, since nothing is a common figure. Other figures may differ as they like.
 */
const MARGINS: Partial<Record<keyof PipelineFigures, { factor: number; more: number }>> = {
  registers: { factor: 1.3, more: 8 },
  spills: { factor: 1, more: 8 },
  scalarSpills: { factor: 1, more: 16 },
  workgroupBytes: { factor: 1.1, more: 512 },
};

/** The outcome of a comparison. */
export interface Comparison {
  /** False where another version of Mesa or Deno compiled, so that only large changes count. */
  readonly isExact: boolean;
  /** Sentences about what differs. */
  readonly findings: readonly string[];
}

export function readGolden(): Statistics {
  return JSON.parse(Deno.readTextFileSync(FILE));
}

export function writeGolden(statistics: Statistics): void {
  Deno.writeTextFileSync(FILE, goldenText(statistics));
}

/** A line for each pipeline, so that a change is easy to read. */
export function goldenText({ driver, device, deno, pipelines }: Statistics): string {
  const lines = pipelines.map((pipeline) => `    ${JSON.stringify(pipeline)}`);
  const head = { command: COMMAND, driver, device, deno };
  const opening = JSON.stringify(head, undefined, 2).slice(0, -2);
  return `${opening},\n  "pipelines": [\n${lines.join(",\n")}\n  ]\n}\n`;
}

/** How pipelines differ from the golden ones. */
export function compare(found: Statistics, golden: Statistics): Comparison {
  const isExact = found.driver === golden.driver && found.device === golden.device &&
    found.deno === golden.deno;
  const old = new Map(golden.pipelines.map((pipeline) => [pipeline.name, pipeline]));
  const findings: string[] = [];
  for (const pipeline of found.pipelines) {
    const was = old.get(pipeline.name);
    if (!was) findings.push(`${pipeline.name}: new`);
    else findings.push(...changes(pipeline, was, isExact));
    old.delete(pipeline.name);
  }
  for (const name of old.keys()) findings.push(`${name}: no longer there`);
  return { isExact, findings };
}

function changes(found: PipelineFigures, was: PipelineFigures, isExact: boolean): string[] {
  const figures = Object.keys(was) as (keyof PipelineFigures)[];
  return figures.flatMap((figure) => {
    if (figure === "name") return [];
    const [now, before] = [found[figure], was[figure]];
    const margin = MARGINS[figure];
    const isFine = isExact
      ? now === before
      : margin === undefined || now <= before * margin.factor + margin.more;
    return isFine ? [] : [`${found.name}: ${figure} ${now}, not ${before}`];
  });
}

/** What to do about findings. */
export const ADVICE = `if the change is meant, write the golden file again: ${COMMAND}`;
