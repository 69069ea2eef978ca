/**
 * Recognises the files that Sonoseg wrote, so that no output replaces a file of somebody else.
 *
 * A folder of results has a marker: a JSON file whose content is of our format. A name alone says
 * nothing, since other programs write `metrics.json` and `predictions.json`, too.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { anything, fits, list, object, parseJson, type Reader, text, whole } from "../core/json.ts";
import { sentence, setting } from "../core/sentence.ts";
import { LOCK_FILE } from "./hold.ts";
import type { FileStore } from "./store.ts";

/** A kind of result. */
export interface OwnKind {
  /** The word for it: "a prediction". */
  readonly word: string;
  /** The fields by which the content of its marker is known; those of all versions. */
  readonly fields: Reader<unknown>;
}

/** The kinds of results in folders and beside runs. */
export const OWN = {
  prediction: {
    word: "prediction",
    fields: object({ model_sha256: text, images: list(anything), failed: list(anything) }),
  },
  evaluation: {
    word: "evaluation",
    fields: object({ format: whole(1), model: anything, cases: list(anything) }),
  },
  inspection: {
    word: "inspection",
    fields: object({ format: whole(1), images: whole(), findings: list(anything) }),
  },
  rates: {
    word: "learning-rate test",
    fields: object({ format: whole(1), fallen_at: anything, config: anything }),
  },
  comparison: {
    word: "comparison",
    fields: object({ runs: list(anything), settings: list(anything), differences: list(anything) }),
  },
} as const satisfies Record<string, OwnKind>;

/** Whether a marker is there and Sonoseg wrote it. */
export async function isOwn(store: FileStore, marker: string, kind: OwnKind): Promise<boolean> {
  if (await store.kindOf(marker) !== "file") return false;
  try {
    return fits(kind.fields, parseJson(await store.readText(marker), marker));
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

/**
 * The folder that {@linkcode setting} `out` names, relative to the store.
 *
 * @throws {InputError} for the output directory itself, the folder of the runs, a run, and a file.
 */
export async function outputFolder(store: FileStore, given: string): Promise<string> {
  const folder = store.relative(given);
  if (folder === "") {
    throw new InputError(
      sentence`${setting("out", given)} is the directory ${store.resolve("")} itself; give a folder
        inside it`,
    );
  }
  // A folder here would count as a run, and one of a run's own files could be in the way.
  if (/^runs(\/[^/]*)?$/.test(folder)) {
    throw new InputError(
      sentence`${setting("out", given)} is ${
        folder === "runs" ? "the folder of the runs" : "a place for a run"
      }; give a folder elsewhere, or one inside a run`,
    );
  }
  const kind = await store.kindOf(folder);
  if (kind === undefined || kind === "folder") return folder;
  throw new InputError(sentence`${setting("out", given)} is a file; expected a folder`);
}

/**
 * Refuses to write into a folder that holds files of somebody else. `names` are the files that will
 * be written; without them no other file may be there at all.
 *
 * @throws {InputError} if a file is in the way.
 */
export async function checkOwnFolder(
  store: FileStore,
  folder: string,
  marker: string,
  kind: OwnKind,
  names?: readonly string[],
): Promise<void> {
  if (await isOwn(store, `${folder}/${marker}`, kind)) return;
  const inTheWay = names === undefined
    ? await firstFileIn(store, folder)
    : await firstThere(store, names.map((name) => `${folder}/${name}`));
  if (inTheWay === undefined) return;
  throw new InputError(
    sentence`${setting("out", folder)} holds other files already (${inTheWay}) and holds no
      ${kind.word} that this program wrote; choose an empty or a new folder`,
  );
}

/**
 * The first file in a folder and the folders below, but for locks, partial files and `known` ones.
 */
export async function firstFileIn(
  store: FileStore,
  folder: string,
  known: ReadonlySet<string> = new Set(),
): Promise<string | undefined> {
  if (await store.kindOf(folder) !== "folder") return undefined;
  const files = await store.walk(folder, {
    skip: ({ name }) => name === LOCK_FILE || name.startsWith(".sonoseg-"),
  });
  return files.find((path) => !known.has(path));
}

/** The first of these paths that is a file. */
async function firstThere(
  store: FileStore,
  paths: readonly string[],
): Promise<string | undefined> {
  for (const path of paths) if (await store.kindOf(path) === "file") return path;
}
