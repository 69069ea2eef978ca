/**
 * Words about recipes: what a run has from its recipe, what another recipe would bring, and what a
 * group of runs came to.
 *
 * @module
 */
import {
  changesOf,
  DEFAULT_RECIPE,
  type MembersResult,
  RECIPES,
  type TrainingConfig,
} from "../../mod.ts";
import { flagOf } from "../options/flags.ts";
import { figure, table } from "./words.ts";

/** The rows of the settings table about the recipe. */
export function recipeRows(config: TrainingConfig): [string, string][] {
  const { recipe } = config;
  const rows: [string, string][] = [["recipe", `${recipe}: ${RECIPES[recipe].says}`]];
  const changes = changesOf(config).map(({ name, value, inRecipe }) =>
    `${flagOf(name).replace(" (", " ").replace(")", "")} ${shown(value)} (${shown(inRecipe)})`
  );
  if (changes.length > 0) rows.push(["changed", changes.join(", ")]);
  return rows;
}

function shown(value: unknown): string {
  return value === null ? "-" : String(value);
}

/** What another recipe would bring, for a run that asked for none. */
export const OTHER_RECIPES =
  `note: this is the recipe ${DEFAULT_RECIPE}; --recipe fast is ${RECIPES.fast.says}`;

/** The figures of the finished runs of a group, and how they predict together. */
export function groupTable({ finished }: MembersResult): string {
  return table(
    finished.map(({ run, seed, kept: { epoch, valDice } }) => [
      run,
      `seed ${seed}, epoch ${epoch}, validation Dice ${figure(valDice)}`,
    ]),
  );
}
