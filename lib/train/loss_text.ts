/**
 * A loss as text: `bce+dice`, `0.5*bce+dice:image`, `tversky:image(alpha=0.3,beta=0.7)`. The text
 * of a run has every parameter, so that later versions may have other defaults.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import { readTerms, writeTerm } from "../core/terms.ts";
import {
  isPerImage,
  LOSS_TERMS,
  type LossTerm,
  type LossTermKind,
  nameOfTerm,
} from "../plan/losses.ts";

const KINDS = Object.keys(LOSS_TERMS) as LossTermKind[];

/** The most terms of a loss. */
const MOST_TERMS = 4;

/** The largest factor and parameter: kernels compute in float32. */
const MOST = 1000;

/** The least factor. */
const LEAST = 1e-6;

/** The largest side of the square of `boundary`, px. */
const MOST_SIDE = 255;

/** What a loss looks like, for messages. */
export const LOSS_EXPECTED =
  `a sum such as bce+dice:image, of the terms ${KINDS.join(", ")}, each ` +
  `with :image where every image counts alone, a factor in front (0.5*bce), and parameters ` +
  `behind (tversky(alpha=0.3))`;

/**
 * Reads a loss.
 *
 * @throws {InputError} that names the setting `loss`.
 */
export function parseLoss(text: string): LossTerm[] {
  const refused = (why: string) =>
    new InputError(
      sentence`${setting("loss")} is ${JSON.stringify(text)}: ${why}; expected ${LOSS_EXPECTED}`,
    );
  const written = readTerms(text);
  if (typeof written === "string") throw refused(`"${written}" is no term`);
  const checkParameter = (kind: LossTermKind, name: string, value: number) => {
    if (name === "side" && !(value % 2 === 1 && value <= MOST_SIDE)) {
      throw refused(`side is an odd number from 1 to ${MOST_SIDE}`);
    }
    const most = kind === "focal" && name === "alpha" ? 1 : MOST;
    if (!(value >= 0 && value <= most)) throw refused(`${name} is from 0 to ${most}`);
  };
  const terms = written.map(({ factor, name, mode, parameters }): LossTerm => {
    const kind = KINDS.find((kind) => kind === name);
    if (kind === undefined) throw refused(`"${name}" is no term`);
    if (!(factor >= LEAST && factor <= MOST)) {
      throw refused(`a factor is from ${LEAST} to ${MOST}`);
    }
    if (mode !== undefined && mode !== "image") throw refused(`:${mode} is unknown`);
    const known = Object.keys(LOSS_TERMS[kind].parameters);
    const unknown = Object.keys(parameters).find((name) => !known.includes(name));
    if (unknown !== undefined) {
      const names = known.join(", ");
      throw refused(`${kind} has no parameter ${unknown}${names && `, but ${names}`}`);
    }
    for (const [name, value] of Object.entries(parameters)) checkParameter(kind, name, value);
    const term: LossTerm = { kind, weight: factor, ...(mode && { per: "image" }) };
    if (mode && !isPerImage(term)) throw refused(`${kind} has no :image`);
    return { ...term, ...(Object.keys(parameters).length > 0 && { parameters }) };
  });
  if (terms.length > MOST_TERMS) throw refused(`there are at most ${MOST_TERMS} terms`);
  if (new Set(terms.map(nameOfTerm)).size < terms.length) throw refused("a term occurs twice");
  if (terms.filter(({ kind }) => kind === "boundary").length > 1) {
    throw refused("boundary occurs twice");
  }
  return terms;
}

/** The text of a loss with every parameter. */
export function lossText(terms: readonly LossTerm[]): string {
  return terms.map(({ kind, weight, per, parameters }) =>
    writeTerm({
      factor: weight,
      name: kind,
      ...(per === "image" && { mode: per }),
      parameters: { ...LOSS_TERMS[kind].parameters, ...parameters },
    })
  ).join("+");
}
