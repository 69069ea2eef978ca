/**
 * Runs text that uses the library in a process of its own, with permissions for one folder.
 *
 * @module
 */

/** A process that runs until its input ends, if its text waits for that. */
export interface Apart {
  /** The next line of its output; throws with its errors where there is none. */
  line(): Promise<string>;
  /** Ends its input, and returns the rest of its output. */
  end(): Promise<string>;
  /** Kills it, so that it cannot clean up, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Waits until the input of the process ends; for the text of {@linkcode apart}. */
export const WAIT = `for await (const _ of Deno.stdin.readable);`;

/** Starts a process. `DataFolder` and `Hold` are imported for the text. */
export function apart(root: string, code: string): Apart {
  const module = (path: string) => new URL(`../../lib/${path}`, import.meta.url).href;
  const imports = `import { DataFolder } from "${module("store/folder.ts")}";
    import { Hold } from "${module("store/hold.ts")}";`;
  const url = `data:application/typescript,${encodeURIComponent(`${imports}\n${code}`)}`;
  const flags = ["--quiet", "--no-prompt", "--cached-only", "--no-remote", "--config=deno.json"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, `--allow-read=${root}`, `--allow-write=${root}`, url],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let read = "";
  return {
    async line() {
      for (;;) {
        const at = read.indexOf("\n");
        if (at >= 0) {
          const line = read.slice(0, at);
          read = read.slice(at + 1);
          return line;
        }
        const { value, done } = await reader.read();
        if (done) throw new Error(`no further line: ${read}${await errors}`);
        read += value;
      }
    },
    async end() {
      await child.stdin.close();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        read += value;
      }
      await child.status;
      return read + await errors;
    },
    async kill() {
      child.kill("SIGKILL");
      await child.status;
      await child.stdin.abort().catch(() => {});
      await reader.cancel();
      await errors;
    },
  };
}
