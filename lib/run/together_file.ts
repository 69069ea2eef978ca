/**
 * `together.json` of a run: what the validation images chose for models that predict together, of
 * which this run's is the first. Models are known by the hashes of their files, so a choice never
 * counts for others.
 *
 * @module
 */
import { naming } from "../core/errors.ts";
import { isSameValue } from "../core/fields.ts";
import { list, object, text } from "../core/json.ts";
import { TEXT_LIMITS } from "../core/text.ts";
import { type Choice, choiceReader } from "../model/choice.ts";
import type { Model } from "../model/model_file.ts";
import { forInformation, type Warn } from "./for_information.ts";
import { FILES, type RunFolder } from "./run_folder.ts";

/** The most choices in a file. A new one takes the place of the oldest. */
const MOST_CHOICES = 20;

/** A choice, and the SHA-256 of the models' files. */
interface Entry {
  readonly models: readonly string[];
  readonly choice: Choice;
}

const reader = object<{ readonly choices: readonly Entry[] }>({
  choices: list(object<Entry>({ models: list(text), choice: choiceReader })),
});

/** What was chosen for these models, in any order; `undefined` if nothing was. */
export async function choiceIn(
  run: RunFolder,
  models: readonly Model[],
  warn: Warn,
): Promise<Choice | undefined> {
  const wanted = hashesOf(models);
  return (await entriesIn(run, warn)).find((entry) => isSameValue(entry.models, wanted))?.choice;
}

/** Stores a choice beside those of other models. */
export async function storeChoice(
  run: RunFolder,
  models: readonly Model[],
  choice: Choice,
): Promise<void> {
  const own = hashesOf(models);
  const others = (await entriesIn(run, () => {})).filter((entry) =>
    !isSameValue(entry.models, own)
  );
  const choices = [...others, { models: own, choice }].slice(-MOST_CHOICES);
  await run.writeJson(FILES.together, { choices });
}

async function entriesIn(run: RunFolder, warn: Warn): Promise<readonly Entry[]> {
  const read = async () => {
    const json = await run.readJson(FILES.together, { limit: TEXT_LIMITS.config });
    return json === undefined ? [] : naming(run.file(FILES.together), () => reader(json)).choices;
  };
  return await forInformation(read, warn) ?? [];
}

/** The hashes of models in an order that does not depend on theirs. */
function hashesOf(models: readonly Model[]): string[] {
  return models.map(({ sha256 }) => sha256).sort();
}
