/**
 * How long a shader becomes when all its functions are put into its entry point.
 *
 * @module
 */

/** The head of a function up to its body. */
const FUNCTION = /\bfn (\w+)\([^{]*\{/g;

/**
 * The multiply-adds in a function of WGSL, and those of the functions that it calls, once per call.
 * Loops count once, since compilers do not unroll them.
 */
export function inlinedMultiplyAdds(code: string, entry: string): number {
  const bodies = bodiesOf(code.replace(/\/\/.*$/gm, ""));
  const known = new Map<string, number>();
  const count = (name: string): number => {
    const body = bodies.get(name);
    if (body === undefined) return 0;
    let total = known.get(name);
    if (total === undefined) {
      total = [...body.matchAll(/\bfma\(/g)].length;
      for (const [, called] of body.matchAll(/\b(\w+)\(/g)) total += count(called);
      known.set(name, total);
    }
    return total;
  };
  if (!bodies.has(entry)) throw new Error(`the text has no function ${entry}`);
  return count(entry);
}

/** The text between the braces of each function. */
function bodiesOf(code: string): Map<string, string> {
  const bodies = new Map<string, string>();
  for (const { 0: head, 1: name, index } of code.matchAll(FUNCTION)) {
    const start = index + head.length;
    let end = start;
    for (let depth = 1; depth > 0; end++) {
      if (code[end] === "{") depth++;
      else if (code[end] === "}") depth--;
      else if (end === code.length) throw new Error(`the function ${name} has no end`);
    }
    bodies.set(name, code.slice(start, end - 1));
  }
  return bodies;
}
