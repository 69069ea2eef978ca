/**
 * How sharp are the tests? Puts one small fault at a time into a copy of the program and runs the
 * tests of that part: `deno task mutate --part loss`. A fault that no test notices has survived.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { RandomStream } from "../../lib/core/random.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";
import { PARTS, sourcesOf } from "./parts.ts";
import { type Verdict, Workbench } from "./workbench.ts";

const COUNTED = ["killed", "timed out", "survived", "invalid", "same code"] as const;

const { part: names, at, sample, seed, quick, list } = new Command("deno task mutate")
  .option("--part <NAMES>", `of ${Object.keys(PARTS).join(", ")}`, Object.keys(PARTS).join(","))
  .option("--at <TEXT>", "only faults whose place, as in lib/plan/flops.ts:12, contains this", "")
  .option("--sample <COUNT>", "so many faults of each part, drawn at random", Number, Infinity)
  .option("--seed <NUMBER>", "another sample", Number, 0)
  .option("--quick", "only the first, quick tests of each part", false)
  .option("--list", "only show the faults", false)
  .parse(["deno", "mutate", ...Deno.args]).opts();

const interrupt = new AbortController();
Deno.addSignalListener("SIGINT", () => interrupt.abort());

/** Survivors as they are found, and a table of counts at the end. */
const table: string[] = [row("part", ["faults", ...COUNTED])];
for (const name of names.split(",")) {
  if (!Object.hasOwn(PARTS, name)) throw new Error(`there is no part ${name}`);
  if (interrupt.signal.aborted) break;
  const mutants = drawn(name);
  if (list) console.log(mutants.map(describe).join("\n"));
  else table.push(await examine(name, mutants));
}
if (!list) console.log(`\n${table.join("\n")}`);

/** The faults of a part, in the order of its sources. */
function drawn(name: string): Mutant[] {
  const all = sourcesOf(PARTS[name])
    .flatMap((path) => mutantsOf(path, Deno.readTextFileSync(path)))
    .filter((mutant) => placeOf(mutant).includes(at));
  const random = new RandomStream(seed, `mutants of ${name}`);
  while (all.length > sample) all.splice(random.integerBelow(all.length), 1);
  return all;
}

/** Tries out the faults one after another; the row of the table. */
async function examine(name: string, mutants: readonly Mutant[]): Promise<string> {
  const counts = new Map<Verdict, number>();
  console.log(`${name}: ${mutants.length} faults`);
  const part = PARTS[name];
  const tests = quick ? part.tests.slice(0, 1) : part.tests;
  const bench = new Workbench({ ...part, tests }, interrupt.signal);
  try {
    await bench.prepare();
    const begin = performance.now();
    for (const [index, mutant] of mutants.entries()) {
      const verdict = await bench.try(mutant);
      counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      if (verdict === "survived") console.log(`survived  ${describe(mutant)}`);
      const each = (performance.now() - begin) / (index + 1);
      const left = Math.ceil(each * (mutants.length - index - 1) / 60_000);
      progress(`${name} ${index + 1} of ${mutants.length}, ${left} min left, ${verdict}`);
    }
    progress("");
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
  } finally {
    bench.close();
  }
  const tried = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return row(name, [tried, ...COUNTED.map((verdict) => counts.get(verdict) ?? 0)]);
}

/** A line that the next one replaces; nothing where standard error is a file. */
function progress(text: string): void {
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
}

/** Where a fault is, and what it makes of its line. */
function describe(mutant: Mutant): string {
  return `${placeOf(mutant)}  ${mutant.shown}`;
}

function placeOf({ file, line }: Mutant): string {
  return `${file}:${line}`;
}

function row(name: string, cells: readonly (string | number)[]): string {
  return name.padEnd(20) + cells.map((cell) => `${cell}`.padStart(10)).join("");
}
