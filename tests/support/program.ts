/**
 * Runs the program as its tasks do: with the same flags, in a separate process.
 *
 * @module
 */

/** The exit code and the output of a process. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The command line of a task in deno.json up to the script, for a data directory and an output
 * directory: ["run", "--no-prompt", ...].
 */
export function flagsOf(task: string, dataDir: string, outDir = dataDir): string[] {
  const { tasks } = JSON.parse(Deno.readTextFileSync("deno.json"));
  const [, flags] = /deno (run .*?) "?(?:\$SONOSEG\/)?main\.ts/.exec(tasks[task].command)!;
  return flags.replaceAll('"$DATA_DIR"', dataDir).replaceAll('"$OUT_DIR"', outDir).split(" ");
}

/** Starts `main.ts COMMAND --data DATA_DIR ...` with the flags of the task of that name. */
export function start(
  command: string,
  dataDir: string,
  args: readonly string[],
): Deno.ChildProcess {
  return spawn([...flagsOf(command, dataDir), "main.ts", command, "--data", dataDir, ...args]);
}

/** Runs {@linkcode start} and waits for the end. */
export function run(command: string, dataDir: string, ...args: string[]): Promise<Ended> {
  return ended(start(command, dataDir, args));
}

/**
 * Runs `main.ts COMMAND ...`, a command without data, with the flags of its task, and waits for the
 * end.
 */
export function runTask(command: string, ...args: string[]): Promise<Ended> {
  return ended(spawn([...flagsOf(command, ""), "main.ts", command, ...args]));
}

/** Runs {@linkcode runTask} of `profile`. */
export function profile(...args: string[]): Promise<Ended> {
  return runTask("profile", ...args);
}

/** Calls {@linkcode run} with a limit on file sizes, which simulates a full disk. */
export function runWithFullDisk(
  largestFile: number,
  command: string,
  dataDir: string,
  ...args: string[]
): Promise<Ended> {
  const blocks = Math.floor(largestFile / 512);
  // Without the trap the system would end the process instead of failing the write.
  const script = `trap "" XFSZ; ulimit -f ${blocks}; exec "$@"`;
  const program = [...flagsOf(command, dataDir), "main.ts", command, "--data", dataDir, ...args];
  return ended(spawn(["-c", script, "sh", Deno.execPath(), ...program], "sh"));
}

/** Runs a module's text with the flags of the task `train`. */
export function runScript(dataDir: string, text: string): Promise<Ended> {
  const url = `data:application/typescript,${encodeURIComponent(text)}`;
  return ended(spawn([...flagsOf("train", dataDir), url]));
}

/** Waits for the end of a process. */
export async function ended(child: Deno.ChildProcess): Promise<Ended> {
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Reads a process's standard output until `found` holds. Returns the text so far. */
export async function readUntil(
  stream: ReadableStream<Uint8Array>,
  found: (text: string) => boolean,
): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  while (!found(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return text;
}

/** Variables of a started program, unless this process has them. */
const ENVIRONMENT = {
  // As in the tasks: without the variable, Wayland's library prints a complaint during the search
  // for a GPU.
  XDG_RUNTIME_DIR: "/dev/null",
  // V8 optimises WebAssembly later than usual, which saves a process of a second or two a quarter
  // of its work. Results do not depend on it (engine/determinism_test.ts).
  DENO_V8_FLAGS: "--wasm-tiering-budget=1000000000",
};

/** The processes of {@linkcode spawn} that have not ended. */
const running = new Set<Deno.ChildProcess>();

/** Kills every process that still runs, and waits for the end of each. */
export async function killStarted(): Promise<void> {
  await Promise.all([...running].map((child) => {
    killNow(child);
    return child.status;
  }));
}

/** Kills a process as a power cut would, and waits for its end. */
export async function kill(child: Deno.ChildProcess): Promise<void> {
  killNow(child);
  await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
}

function killNow(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // The process ended at the same moment.
    if (!(error instanceof TypeError)) throw error;
  }
}

/** Starts a program, by default this one's `deno`, with both outputs piped. */
export function spawn(args: readonly string[], program = Deno.execPath()): Deno.ChildProcess {
  // The variables for colours are unset, as in most shells.
  const { NO_COLOR: _, FORCE_COLOR: __, ...known } = Deno.env.toObject();
  const env = { ...ENVIRONMENT, ...known };
  const child = new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  running.add(child);
  void child.status.then(() => running.delete(child));
  return child;
}
