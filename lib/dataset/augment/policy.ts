/**
 * A policy as text: `flip+affine(p=0.8,rotation=20)`. The text of a run has every parameter, so
 * that later versions may have other defaults.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { sentence, setting } from "../../core/sentence.ts";
import { readTerms, writeTerm } from "../../core/terms.ts";
import {
  type IngredientName,
  INGREDIENTS,
  type Parameter,
  POLICIES,
  type Policy,
} from "./ingredients.ts";

const NAMES = Object.keys(INGREDIENTS) as IngredientName[];

/** What a policy looks like, for messages. */
export const POLICY_EXPECTED = `${Object.keys(POLICIES).join(", ")}, or a sum such as ` +
  `flip+affine(p=0.8,rotation=20), of ${NAMES.join(", ")}, or a file ` +
  "NAME.txt with one a line";

/**
 * Reads a policy: a sum of ingredients, whose omitted parameters have their default values, and of
 * names of {@linkcode POLICIES}.
 *
 * @throws {InputError} that names the setting `augment`.
 */
export function parsePolicy(text: string): Policy {
  const refused = (why: string) =>
    new InputError(
      sentence`${setting("augment")} is ${JSON.stringify(text)}: ${why}; expected
        ${POLICY_EXPECTED}`,
    );
  const written = text === "none" ? [] : readTerms(withoutNames(text));
  if (typeof written === "string") throw refused(`"${written}" is no ingredient`);
  const policy: Record<string, Record<string, number>> = {};
  for (const { factor, name, mode, parameters } of written) {
    const rules = Object.hasOwn(INGREDIENTS, name)
      ? INGREDIENTS[name as IngredientName] as Readonly<Record<string, Parameter>>
      : undefined;
    if (rules === undefined) throw refused(`"${name}" is no ingredient`);
    if (factor !== 1 || mode !== undefined) throw refused(`${name} has no factor and no mode`);
    if (policy[name]) throw refused(`${name} occurs twice`);
    for (const [key, value] of Object.entries(parameters)) {
      const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
      if (rule === undefined) {
        throw refused(`${name} has no parameter ${key}, but ${Object.keys(rules).join(", ")}`);
      }
      if (!(value >= rule.from && value <= rule.to)) {
        throw refused(`${key} of ${name} is not from ${rule.from} to ${rule.to}`);
      }
    }
    const defaults = Object.entries(rules).map(([key, rule]) => [key, rule.default]);
    policy[name] = { ...Object.fromEntries(defaults), ...parameters };
  }
  return policy as Policy;
}

/** A sum with the ingredients of `light` and `strong` in their place. */
function withoutNames(text: string): string {
  const { light, strong } = POLICIES;
  const named: Readonly<Record<string, string>> = { light, strong };
  const terms = text.split("+").map((term) => term.trim());
  return terms.map((term) => Object.hasOwn(named, term) ? named[term] : term).join("+");
}

/** The text of a policy with every parameter; `none` for one without ingredients. */
export function policyText(policy: Policy): string {
  const terms = NAMES.filter((name) => policy[name] !== undefined)
    .map((name) => writeTerm({ factor: 1, name, parameters: policy[name]! }));
  return terms.length === 0 ? "none" : terms.join("+");
}
