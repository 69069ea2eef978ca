/**
 * A copy of the program in a temporary folder, in which faults are tried out.
 *
 * @module
 */
import { type Mutant, mutated } from "./mutants.ts";
import type { Part, TestRun } from "./parts.ts";

/** What became of a fault. */
export type Verdict =
  /** A test failed. */
  | "killed"
  /** The tests did not end in time. */
  | "timed out"
  /** No test noticed. */
  | "survived"
  /** It does not compile: no test was needed. */
  | "invalid"
  /** The compiler makes the same bytes of it: there is nothing to notice. */
  | "same code";

const COPIED = [
  "deno.json",
  "deno.lock",
  "kernels_as",
  "kernels_wgsl",
  "lib",
  "main.ts",
  "tests",
];
const NOT_COPIED = new Set(["tests/temporary"]);

const WASM = "kernels_as/build/kernels.wasm";
const BUILD = "run --no-prompt --cached-only --allow-read=. --allow-write=kernels_as/build " +
  "--ignore-env kernels_as/compile.ts";
const TEST = "test --no-prompt --cached-only --no-remote --no-check --fail-fast --allow-read " +
  "--allow-write=tests/temporary --allow-run --allow-env";

/** A mutant may take so many times the time of the unchanged program, and this in addition. */
const PATIENCE = 3;
const GRACE_MS = 20_000;

/** How a process ended. */
interface Ended {
  readonly success: boolean;
  readonly isLate: boolean;
  readonly output: string;
}

/** Tries out the mutants of one part; {@linkcode Workbench.close} removes the copy. */
export class Workbench {
  readonly #root = Deno.makeTempDirSync({ prefix: "mutation" });
  readonly #part: Part;
  readonly #stop: AbortSignal;
  /** Of the unchanged program, for each of the part's test runs. */
  readonly #limits: number[] = [];
  #wasm = "";

  /** Copies the program from the working directory. `stop` ends what runs. */
  constructor(part: Part, stop: AbortSignal) {
    this.#part = part;
    this.#stop = stop;
    for (const path of COPIED) copy(path, `${this.#root}/${path}`);
  }

  /** Runs the part's tests without a fault. Throws `Error`, with their output, if they fail. */
  async prepare(): Promise<void> {
    for (const run of this.#part.tests) {
      const begin = performance.now();
      const { success, output } = await this.#test(run);
      if (!success) throw new Error(`tests fail without a fault:\n${output}`);
      if (/\b0 passed/.test(output)) throw new Error(`there is no test ${run.filter}`);
      this.#limits.push(PATIENCE * (performance.now() - begin) + GRACE_MS);
    }
    this.#wasm = await this.#builtCode();
  }

  /** Puts a fault into its file, runs the tests, and takes it out again. */
  async try(mutant: Mutant): Promise<Verdict> {
    const path = `${this.#root}/${mutant.file}`;
    const text = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, mutated(text, mutant));
    try {
      return await this.#verdict();
    } finally {
      Deno.writeTextFileSync(path, text);
    }
  }

  close(): void {
    Deno.removeSync(this.#root, { recursive: true });
  }

  async #verdict(): Promise<Verdict> {
    if (this.#part.isKernel) {
      if (!(await this.#deno(BUILD.split(" "))).success) return "invalid";
      if (await this.#builtCode() === this.#wasm) return "same code";
    }
    for (const [index, run] of this.#part.tests.entries()) {
      const { success, isLate } = await this.#test(run, this.#limits[index]);
      if (!success) return isLate ? "timed out" : "killed";
    }
    return "survived";
  }

  #test({ files, filter }: TestRun, limit?: number): Promise<Ended> {
    const filters = filter === undefined ? [] : [`--filter=${filter}`];
    return this.#deno([...TEST.split(" "), ...filters, ...files], limit);
  }

  async #deno(args: readonly string[], limit?: number): Promise<Ended> {
    const late = limit === undefined ? new AbortController().signal : AbortSignal.timeout(limit);
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...args],
      cwd: this.#root,
      env: { NO_COLOR: "1", XDG_RUNTIME_DIR: "/dev/null" },
      signal: AbortSignal.any([late, this.#stop]),
    }).output();
    this.#stop.throwIfAborted();
    const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
    return { success, isLate: late.aborted, output };
  }

  async #builtCode(): Promise<string> {
    const bytes = Deno.readFileSync(`${this.#root}/${WASM}`);
    return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  }
}

function copy(from: string, to: string): void {
  if (NOT_COPIED.has(from)) return;
  if (Deno.statSync(from).isFile) return Deno.copyFileSync(from, to);
  Deno.mkdirSync(to);
  for (const { name } of Deno.readDirSync(from)) copy(`${from}/${name}`, `${to}/${name}`);
}
