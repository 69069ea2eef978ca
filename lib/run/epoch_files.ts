/** The names of files of single epochs. @module */

/** What ends a name: pictures, or models. */
type Ending = "png" | "safetensors";

/** The file name of an epoch: "epoch 0005.png". */
export function epochFile(epoch: number, ending: Ending): string {
  return `epoch ${String(epoch).padStart(4, "0")}.${ending}`;
}

/** The epoch in a file name; `undefined` for other files. */
export function epochOf(file: string, ending: Ending): number | undefined {
  const [, digits, found] = /^epoch (\d{4,7})\.(\w+)$/.exec(file) ?? [];
  return found === ending ? Number(digits) : undefined;
}
