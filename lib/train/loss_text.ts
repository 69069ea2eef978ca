/**
 * A loss as text: `bce+dice`, `0.5*bce+dice:image`, `tversky:image(alpha=0.3,beta=0.7)`.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
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

/** What a loss looks like, for messages. */
export const LOSS_EXPECTED =
  `a sum such as bce+dice:image, of the terms ${KINDS.join(", ")}, each ` +
  `with :image where every image counts alone, a factor in front (0.5*bce), and parameters ` +
  `behind (tversky(alpha=0.3))`;

const NUMBER = String.raw`\d+(?:\.\d+)?(?:e-?\d+)?`;
const TERM = new RegExp(
  String
    .raw`^(?:(${NUMBER})\*)?([a-z_]+)(:image)?(?:\(([a-z_]+=${NUMBER}(?:,[a-z_]+=${NUMBER})*)\))?$`,
);

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
  const terms = text.replaceAll(/\s/g, "").split("+").map((part): LossTerm => {
    const [found, weight = "1", name, image, parameters] = TERM.exec(part) ?? [];
    if (found === undefined) throw refused(`"${part}" is no term`);
    const kind = KINDS.find((kind) => kind === name);
    if (kind === undefined) throw refused(`"${name}" is no term`);
    return {
      kind,
      weight: Number(weight),
      ...(image && { per: "image" as const }),
      ...(parameters && { parameters: parametersOf(kind, parameters, refused) }),
    };
  });
  for (const term of terms) {
    if (!(term.weight > 0)) throw refused("a factor is above 0");
    if (term.per === "image" && !isPerImage(term)) throw refused(`${term.kind} has no :image`);
  }
  if (terms.length > MOST_TERMS) throw refused(`there are at most ${MOST_TERMS} terms`);
  if (new Set(terms.map(nameOfTerm)).size < terms.length) throw refused("a term occurs twice");
  return terms;
}

function parametersOf(
  kind: LossTermKind,
  text: string,
  refused: (why: string) => InputError,
): Record<string, number> {
  const known: Readonly<Record<string, number>> = LOSS_TERMS[kind].parameters;
  return Object.fromEntries(
    text.split(",").map((part) => {
      const [name, value] = part.split("=");
      if (!Object.hasOwn(known, name)) {
        const names = Object.keys(known).join(", ");
        throw refused(`${kind} has no parameter ${name}${names && `, but ${names}`}`);
      }
      return [name, Number(value)];
    }),
  );
}
