/**
 * Names in a pickle that no model needs and that an attack does: functions that run commands or
 * code, change files, or open connections. They are not run here either way. The list is there so
 * that such a file is called by its name instead of being taken for a model, and opened in Python
 * later.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { printable } from "../core/printable.ts";

/** The functions of each module. A module with `/./` is refused as a whole. */
const DANGEROUS: Readonly<Record<string, RegExp>> = {
  os:
    /^(system|_exit|abort|popen|exec|spawn|posix_spawn|startfile|fork|kill|open|putenv|remove|unlink|rmdir|removedirs|rename|replace|truncate|chmod|chown|link|symlink)/,
  builtins:
    /^(eval|exec|execfile|compile|__import__|open|input|raw_input|breakpoint|exit|quit|help)$/,
  subprocess: /./,
  commands: /./,
  pty: /./,
  runpy: /./,
  ctypes: /./,
  importlib: /./,
  shutil: /./,
  sys: /./,
  webbrowser: /./,
  code: /^(interact|InteractiveInterpreter|InteractiveConsole|compile_command)/,
  codeop: /./,
  pdb: /./,
  bdb: /./,
  pip: /./,
  timeit: /./,
  marshal: /./,
  pickle: /^(loads?|_?Unpickler)$/,
  torch: /^(load|hub)$/,
  _posixsubprocess: /./,
  cProfile: /^(run|Profile)/,
  profile: /^(run|Profile)/,
  trace: /^(Trace|main)$/,
  doctest: /./,
  pydoc: /./,
  pkgutil: /./,
  distutils: /./,
  ensurepip: /./,
  venv: /^(create|EnvBuilder|main)$/,
  socket: /^(socket|create_|fromfd)/,
  urllib: /^request$/,
  http: /^(client|server)$/,
  ftplib: /./,
  smtplib: /./,
  telnetlib: /./,
};

/** Modules that are others under another name. */
const SAME: Readonly<Record<string, string>> = {
  posix: "os",
  nt: "os",
  __builtin__: "builtins",
  _pickle: "pickle",
  cPickle: "pickle",
};

/**
 * Throws {@linkcode InputError} for a dangerous global, "module.name", and for one that reaches
 * into a function or class, as "function.__globals__" does.
 */
export function refuseDangerousGlobal(name: string): void {
  const [root, ...path] = name.split(".");
  const module = Object.hasOwn(SAME, root) ? SAME[root] : root;
  const isDangerous = Object.hasOwn(DANGEROUS, module) && DANGEROUS[module].test(path[0] ?? "");
  const reachesIn = path.some((part) => part.startsWith("__") && part.endsWith("__"));
  if (!isDangerous && !reachesIn) return;
  throw new InputError(
    `it asks for ${printable(name)}, which could run code or change files and which no model ` +
      `needs, so nothing of it is read; do not open it in Python either`,
  );
}
