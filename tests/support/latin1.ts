/**
 * Files and folders whose names are not UTF-8, as old archives make them. Deno's own functions
 * cannot name them.
 *
 * @module
 */

/** Makes a file in a folder; its name is a format of `printf`, such as "L\\344sion.png". */
export function latin1File(folder: string, name: string, copyOf = "/dev/null"): void {
  shell('cat "$3" > "$1/$(printf "$2")"', folder, name, copyOf);
}

/** Makes a folder in a folder; its name is a format of `printf`. */
export function latin1Folder(folder: string, name: string): void {
  shell('mkdir "$1/$(printf "$2")"', folder, name);
}

function shell(script: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command("sh", { args: ["-c", script, "sh", ...args] })
    .outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
