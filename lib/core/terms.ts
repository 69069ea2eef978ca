/**
 * A sum of named terms with parameters, as a setting writes it: `0.5*bce+dice:image`,
 * `flip+affine(p=0.8,rotation=20)`.
 *
 * @module
 */

/** A term as it is written. */
export interface WrittenTerm {
  /** The number in front; 1 without one. */
  readonly factor: number;
  readonly name: string;
  /** The word behind the name, after a colon. */
  readonly mode?: string;
  readonly parameters: Readonly<Record<string, number>>;
}

const NUMBER = String.raw`-?\d+(?:\.\d+)?(?:e-?\d+)?`;
const PARAMETER = String.raw`[a-z_]+=${NUMBER}`;
const TERM = new RegExp(
  String.raw`^(?:(${NUMBER})\*)?([a-z_]+)(?::([a-z_]+))?` +
    String.raw`(?:\((${PARAMETER}(?:,${PARAMETER})*)\))?$`,
);

/** The longest text. */
const MOST_CHARACTERS = 10_000;

/** Reads a sum; a text in place of a result is the part that is no term. Spaces do not count. */
export function readTerms(text: string): WrittenTerm[] | string {
  if (text.length > MOST_CHARACTERS) return `${text.slice(0, 20)}...`;
  const terms: WrittenTerm[] = [];
  for (const part of text.replaceAll(/\s/g, "").split("+")) {
    const [found, factor = "1", name, mode, parameters = ""] = TERM.exec(part) ?? [];
    if (found === undefined) return part;
    const pairs = parameters.split(",").filter((pair) => pair !== "")
      .map((pair) => pair.split("="));
    // A parameter may be given once.
    if (new Set(pairs.map(([name]) => name)).size < pairs.length) return part;
    terms.push({
      factor: Number(factor),
      name,
      ...(mode !== undefined && { mode }),
      parameters: Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)])),
    });
  }
  return terms;
}

/** Writes a term: every parameter, a factor other than 1. */
export function writeTerm({ factor, name, mode, parameters }: WrittenTerm): string {
  const inner = Object.entries(parameters).map(([name, value]) => `${name}=${value}`).join(",");
  return `${factor === 1 ? "" : `${factor}*`}${name}${mode === undefined ? "" : `:${mode}`}` +
    (inner === "" ? "" : `(${inner})`);
}
