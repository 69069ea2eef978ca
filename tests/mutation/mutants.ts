/**
 * Small faults in source text: one operator, constant or early exit at a time.
 *
 * Works on TypeScript, AssemblyScript and WGSL. Comments, strings, templates, regular expressions,
 * imports, attributes and types are left alone. The sources are formatted, so an operator between
 * two operands has white space on both sides; brackets of type arguments and signs have not.
 *
 * @module
 */
import { stripTypeScriptTypes } from "node:module";

/** One fault: `text.slice(start, end)` becomes `replacement`. */
export interface Mutant {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly original: string;
  readonly replacement: string;
  /** Its line, with the fault in brackets. */
  readonly shown: string;
}

/** Between two operands. */
const OPERATORS: Readonly<Record<string, string>> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "**": "*",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "==": "!=",
  "!=": "==",
  "===": "!==",
  "!==": "===",
  "&&": "||",
  "||": "&&",
  "&": "|",
  "|": "&",
  "<<": ">>",
  ">>": "<<",
  "+=": "-=",
  "-=": "+=",
  "*=": "/=",
  "/=": "*=",
};

/** Words that stand for values. */
const VALUES: Readonly<Record<string, string>> = { true: "false", false: "true" };

/** Functions; those of vectors are called as in `f32x4.add` and `fma.madd`. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  max: "min",
  min: "max",
  floor: "ceil",
  ceil: "floor",
};
const VECTOR_FUNCTIONS: Readonly<Record<string, string>> = {
  ...FUNCTIONS,
  add: "sub",
  sub: "add",
  mul: "div",
  div: "mul",
  lt: "le",
  le: "lt",
  gt: "ge",
  ge: "gt",
  madd: "nmadd",
  nmadd: "madd",
};

/** What is passed over, a number, a word, or an operator. Templates are passed over by hand. */
const TOKEN = new RegExp(
  [
    String.raw`(?<skipped>\/\/.*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'` +
    String.raw`|\/(?![ =*\/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^\/\\\n[])+\/\w*|@\w+(?:\([^)]*\))?` +
    String.raw`|^import\b[^;]*;|^export (?:\*|\{|type\b)[^;]*;)`,
    String.raw`(?<number>0x[\da-f_]+[ui]?|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?[nfuih]?)`,
    String.raw`(?<word>[\p{L}$_][\p{L}\d$_]*)`,
    String.raw`(?<operator>=>|\+\+|--|===|!==|\*\*|<<|>>|&&|\|\||[-+*/<>=!]=|[-+*/%<>&|!])`,
  ].join("|"),
  "gimu",
);

/** All faults of a file, in the order of its text. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const code = file.endsWith(".ts") ? withoutTypes(text) : text;
  const mutants: Mutant[] = [];
  const add = (start: number, original: string, replacement: string) => {
    const end = start + original.length;
    const line = text.slice(0, start).split("\n").length;
    const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start).trimStart();
    const [after] = text.slice(end).split("\n", 1);
    const shown = `${before}[${original} → ${replacement || "nothing"}]${after}`;
    mutants.push({ file, line, start, end, original, replacement, shown });
  };
  TOKEN.lastIndex = 0;
  for (let from = 0; from < code.length;) {
    const template = code.indexOf("`", from);
    TOKEN.lastIndex = from;
    const match = TOKEN.exec(code);
    if (!match || (template >= 0 && template < match.index)) {
      if (template < 0) break;
      from = endOfTemplate(code, template);
      continue;
    }
    const [token] = match;
    from = match.index + token.length;
    for (const replacement of replacementsOf(match, code)) add(match.index, token, replacement);
  }
  return mutants;
}

/** The text with a fault. */
export function mutated(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** The text with blanks for types. AssemblyScript's own syntax stays as it is. */
function withoutTypes(text: string): string {
  try {
    const code = stripTypeScriptTypes(text);
    return code.length === text.length ? code : text;
  } catch {
    return text;
  }
}

function replacementsOf({ groups, index, 0: token }: RegExpExecArray, code: string): string[] {
  const { number, word, operator } = groups!;
  const before = code.slice(code.lastIndexOf("\n", index - 1) + 1, index);
  const after = code.slice(index + token.length);
  if (number) return otherNumbers(number);
  if (word) return otherWords(word, before, after);
  if (operator) return otherOperators(operator, before, after);
  return [];
}

/** Whole numbers move by one, 0 and 1 become each other, fractions are doubled. */
function otherNumbers(literal: string): string[] {
  const [, digits, suffix] = /^(0x[\da-f_]+|[\d_.]+(?:e[+-]?\d+)?)([nfuih]?)$/i.exec(literal)!;
  const value = Number(digits.replaceAll("_", ""));
  const others = value === 0
    ? [1]
    : value === 1
    ? [0]
    : Number.isInteger(value)
    ? [value + 1, value - 1]
    : [2 * value];
  return others.map((other) => `${other}${suffix}`);
}

function otherWords(word: string, before: string, after: string): string[] {
  if (/^(?:break|continue|return)$/.test(word)) return after.startsWith(";") ? [""] : [];
  const table = /\b(?:[fiu]\d+x\d+|fma)\.$/.test(before) ? VECTOR_FUNCTIONS : FUNCTIONS;
  const isCalled = /^[(<]/.test(after) && !/\b(?:function|fn) $/.test(before);
  if (Object.hasOwn(VALUES, word)) return /^\??:/.test(after) ? [] : [VALUES[word]];
  return isCalled && Object.hasOwn(table, word) ? [table[word]] : [];
}

function otherOperators(operator: string, before: string, after: string): string[] {
  // A loop that counts the wrong way never ends, whatever the tests are.
  const counts = /^(?:\+\+|--|[-+*/]=)$/.test(operator) && /\bfor \(.*;.*;[^)]*$/.test(before);
  if (counts) return [];
  if (operator === "++") return ["--"];
  if (operator === "--") return ["++"];
  const isSign = /(?:^|[\s([{])$/.test(before) && /^[\w(.]/.test(after);
  if (isSign && (operator === "!" || operator === "-")) return [""];
  const isBetween = /(?:^|\s)$/.test(before) && /^\s/.test(after);
  return isBetween && Object.hasOwn(OPERATORS, operator) ? [OPERATORS[operator]] : [];
}

/** The place behind the template that begins at `start`. */
function endOfTemplate(code: string, start: number): number {
  for (let at = start + 1; at < code.length; at++) {
    if (code[at] === "\\") at++;
    else if (code[at] === "`") return at + 1;
    else if (code.startsWith("${", at)) at = endOfHole(code, at + 2);
  }
  return code.length;
}

/** The place of the bracket that closes the hole of a template whose text begins at `start`. */
function endOfHole(code: string, start: number): number {
  let depth = 1;
  for (let at = start; at < code.length; at++) {
    if (code[at] === "`") at = endOfTemplate(code, at) - 1;
    else if (code[at] === "{") depth++;
    else if (code[at] === "}" && --depth === 0) return at;
  }
  return code.length;
}
