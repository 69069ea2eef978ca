/**
 * Runs the program and stops at place number N, so that it can be killed there:
 * `stop_at.ts N COMMAND ...`, with the flags of the task. Places are before every call that changes
 * files, and in the middle of each write. With an N beyond the last place the program runs to its
 * end. `N@NAME` starts counting when a file of that name exists.
 *
 * Deno's functions are wrapped; the program itself is unchanged.
 *
 * @module
 */

/** The text that the parent waits for, followed by the name of the call. */
export const STOPPED = "standing still at ";

const [number, after] = (Deno.args[0] ?? "").split("@");
let left = Number(number);
let counting = after === undefined;

function place(name: string): void {
  if (!counting) {
    counting = name.startsWith("rename(") && name.endsWith(`/${after})`);
    return;
  }
  if (--left !== 0) return;
  Deno.stdout.writeSync(new TextEncoder().encode(`${STOPPED}${name}\n`));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

type Call = (this: unknown, ...args: never[]) => unknown;

/** Whether a call only opens a file for reading. */
function onlyReads(name: string, [, options]: readonly unknown[]): boolean {
  return name === "open" && !(options as Deno.OpenOptions | undefined)?.write;
}

function wrap<Holder extends object>(holder: Holder, name: keyof Holder & string): void {
  const call = holder[name] as Call;
  Object.assign(holder, {
    [name](this: unknown, ...args: never[]) {
      if (onlyReads(name, args)) return call.apply(this, args);
      place(`${name}(${args.filter((arg) => typeof arg === "string").join(", ")})`);
      return call.apply(this, args);
    },
  });
}

/** Makes each first write take only half of the bytes, as the system may. */
function halveWrites(): void {
  const begun = new WeakSet<Deno.FsFile>();
  const write = Deno.FsFile.prototype.write;
  Deno.FsFile.prototype.write = async function (bytes) {
    if (begun.has(this)) return await write.call(this, bytes);
    begun.add(this);
    place("write(), nothing written");
    const written = await write.call(this, bytes.subarray(0, Math.ceil(bytes.length / 2)));
    place("write(), half written");
    return written;
  };
}

if (import.meta.main) {
  for (const name of ["open", "mkdir", "remove", "rename", "link", "copyFile"] as const) {
    wrap(Deno, name);
  }
  wrap(Deno.FsFile.prototype, "sync");
  halveWrites();
  const { main } = await import("../../lib/cli/program.ts");
  Deno.exit(await main(Deno.args.slice(1)));
}
