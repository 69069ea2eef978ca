/**
 * Foreign programs with which files are exchanged. Where one is missing its tests are skipped,
 * loudly; in continuous integration (`CI` is set) they fail instead.
 *
 * @module
 */

/** onnxruntime-node is large and native, so it has a configuration of its own. */
const ONNX_CONFIG = "tests/interop/onnxruntime.json";

/** Runs a program to its end, in a folder; throws with what it said where it fails. */
export function runProgram(program: string, args: readonly string[], folder = "."): string {
  const command = new Deno.Command(program, { args: [...args], cwd: folder });
  const { success, stdout, stderr } = command.outputSync();
  if (!success) throw new Error(`${program} ${args.join(" ")}:\n${decode(stderr)}`);
  return decode(stdout);
}

/** Runs Debian's Python, in a folder. */
export function runPython(args: readonly string[], folder?: string): string {
  return runProgram("/usr/bin/python3", args, folder);
}

/**
 * Runs `model.onnx` of a folder on its `inputs.safetensors`; without a folder onnxruntime is only
 * loaded.
 */
export function runOnnx(folder?: string): void {
  const write = folder ? [`--allow-write=${folder}`] : [];
  runProgram(Deno.execPath(), [
    "run",
    `--config=${ONNX_CONFIG}`,
    ...[
      "--no-prompt",
      "--cached-only",
      "--allow-ffi",
      "--allow-read",
      "--allow-env",
      "--allow-sys",
    ],
    ...write,
    "tests/interop/run_onnx.ts",
    ...(folder ? [folder] : []),
  ]);
}

/** Whether a program is there and works; `install` says how to get it. */
export function isAvailable(what: string, install: string, probe: () => void): boolean {
  try {
    probe();
    return true;
  } catch (error) {
    if (Deno.env.get("CI")) throw error;
    console.warn(`*** ${what} is not there: its tests are skipped. To run them: ${install} ***`);
    return false;
  }
}

/** Whether Debian's Python has PyTorch. */
export function hasTorch(): boolean {
  return isAvailable(
    "PyTorch",
    "apt-get install python3-torch",
    () => runPython(["-c", "import torch"]),
  );
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
