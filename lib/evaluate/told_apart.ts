/**
 * Says in a few sentences which models can be told apart, and in what.
 *
 * @module
 */
import { COMPARED } from "./difference.ts";
import { isBeyondChance } from "./holm.ts";
import type { Difference } from "./results.ts";

/** "a, b and c", and "a, b or c". */
const ALL = new Intl.ListFormat("en-GB");
const EITHER = new Intl.ListFormat("en-GB", { type: "disjunction" });

/** Two models and their differences, first minus second, corrected for being several. */
export interface ComparedPair {
  readonly first: string;
  readonly second: string;
  readonly differences: readonly Difference[];
}

/**
 * A sentence for each pair that differs beyond chance in something, and one for all other pairs,
 * which have the first model in common.
 */
export function toldApart(pairs: readonly ComparedPair[]): string[] {
  const apart = pairs.filter(({ differences }) => differences.some(isBeyondChance));
  const alike = pairs.filter((pair) => !apart.includes(pair));
  const sentences = apart.map(sentenceOf);
  if (alike.length === 0) return sentences;
  const others = EITHER.format(alike.map(({ second }) => second));
  return [
    ...sentences,
    `${alike[0].first} cannot be told apart from ${others}: no measure differs beyond chance.`,
  ];
}

function sentenceOf({ first, second, differences }: ComparedPair): string {
  const measured = differences.filter(({ difference }) => difference.value !== null);
  const beyond = measured.filter(isBeyondChance);
  const sides = [
    [first, beyond.filter(isFirstBetter)],
    [second, beyond.filter((difference) => !isFirstBetter(difference))],
  ] as const;
  const better = sides.filter(([, found]) => found.length > 0).map(([name, found]) =>
    `${name} is better in ${ALL.format(found.map(inWords))}`
  );
  const rest = beyond.length < measured.length ? "; nothing else can be told apart" : "";
  return `${first} and ${second} differ beyond chance: ${better.join("; ")}${rest}.`;
}

/** Whether the first model is better, if the models differ. */
export function isFirstBetter({ difference: { value }, higher_is_better }: Difference): boolean {
  return (value! > 0) === higher_is_better;
}

/** "Dice (+0.088)", "HD95 (-12.1 px)". */
function inWords({ measure, difference: { value } }: Difference): string {
  const { name = measure, decimals = 3, unit } = COMPARED.get(measure) ?? {};
  const shown = `${value! > 0 ? "+" : ""}${value!.toFixed(decimals)}${unit === "px" ? " px" : ""}`;
  return `${name.replace(/, .*$/, "")} (${shown})`;
}
