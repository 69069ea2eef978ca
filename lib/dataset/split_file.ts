/**
 * `split.json`: a split by the names of its images.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { fits, isRecord, list, parseJson, table, text } from "../core/json.ts";
import type { Pair } from "./pairing.ts";
import { type Part, partsOf, type Split } from "./split.ts";

const EXPECTED = `{"train": [file names], "validation": [file names]}, at least one in each, and ` +
  `perhaps "test" beside them`;

/** The lists of names in a split file. */
export interface SplitNames {
  /** The present parts, in the order train, validation, test. */
  readonly parts: readonly (readonly [Part, readonly string[]])[];
  readonly groups?: readonly (readonly string[])[];
  readonly patients?: ReadonlyMap<string, string>;
}

/**
 * Writes a split as the text of split.json. Absent parts of a split are omitted.
 *
 * ```json
 * { "train": [PATH, ...], "validation": [PATH, ...], "test": [PATH, ...],
 *   "groups": [[PATH, ...], ...], "patients": { PATH: PATIENT, ... } }
 * ```
 */
export function splitToJson(split: Split): string {
  const json: Record<string, unknown> = {};
  for (const [part, pairs] of partsOf(split)) json[part] = pairs.map(({ image }) => image);
  if (split.groups) json.groups = split.groups;
  if (split.patients) json.patients = Object.fromEntries(split.patients);
  return JSON.stringify(json, null, 2) + "\n";
}

/**
 * Reads a split and finds its images among the pairs of the data directory.
 *
 * @param content The text from {@linkcode splitToJson}.
 * @param pairs All pairs. The split must name each, so that none is omitted unnoticed.
 * @param name How to call the file in an error.
 * @param unnamed "leave out" accepts a split that does not name all pairs.
 * @throws InputError when the text is not a split, names a missing image or one image twice, or
 *   omits an image.
 */
export function splitFromJson(
  content: string,
  pairs: readonly Pair[],
  name = "split.json",
  { unnamed = "refuse" }: { readonly unnamed?: "refuse" | "leave out" } = {},
): Split {
  const { parts, groups, patients } = splitNamesOf(content, name);
  const remaining = new Map(pairs.map((pair) => [pair.image, pair]));
  const seen = new Set<string>();
  const found = parts.map(([part, images]) => {
    const chosen = images.map((image) => {
      const pair = remaining.get(image);
      if (seen.has(image)) throw new InputError(`${name} names ${image} twice; expected it once`);
      if (!pair) {
        throw new InputError(
          `${name} names ${image}, which is not among the images found; put it back or start a new run`,
        );
      }
      seen.add(image);
      remaining.delete(image);
      return pair;
    });
    return [part, chosen] as const;
  });
  const [left] = remaining.keys();
  if (left !== undefined && unnamed === "refuse") {
    throw new InputError(
      `${name} does not name ${left}${
        remaining.size > 1 ? ` and ${remaining.size - 1} more` : ""
      }; ` +
        `take what was added out of the folder or start a new run`,
    );
  }
  const { train, validation, test } = Object.fromEntries(found) as Record<Part, Pair[]>;
  return {
    train,
    validation,
    ...(test && { test }),
    ...(groups && { groups }),
    ...(patients && { patients }),
  };
}

/**
 * Reads the names in a run's split without looking for the images. Of two parts that are called
 * `train` and `test`, as in files of earlier versions, the second selects the best epoch: it is
 * read as `validation`. Throws {@linkcode InputError}, naming the file.
 */
export function splitNamesOf(content: string, name: string): SplitNames {
  const { parts, ...others } = writtenNamesOf(content, name);
  const names = Object.fromEntries(parts);
  if (names.validation !== undefined) return { parts, ...others };
  return { parts: [["train", names.train], ["validation", names.test]], ...others };
}

/**
 * The names in a split's file, each part as the file calls it. Throws {@linkcode InputError},
 * naming the file.
 */
export function writtenNamesOf(content: string, name: string): SplitNames {
  const parsed = parseJson(content, name, EXPECTED);
  const given = new Map(isRecord(parsed) ? Object.entries(parsed) : []);
  const parts = (["train", "validation", "test"] as const).flatMap((part) => {
    const names: unknown = given.get(part);
    // One of the two is enough beside the training images.
    const other = part === "validation" ? "test" : "validation";
    if (names === undefined && part !== "train" && given.has(other)) return [];
    if (!fits(list(text, { least: 1 }), names)) {
      throw new InputError(`${name} has no usable "${part}"; expected ${EXPECTED}`);
    }
    return [[part, names] as const];
  });
  const groups: unknown = given.get("groups");
  if (groups !== undefined && !fits(list(list(text, { least: 2 })), groups)) {
    throw new InputError(
      `${name} has no usable "groups"; expected lists of two or more file names`,
    );
  }
  const patients: unknown = given.get("patients");
  if (patients !== undefined && !fits(table(text), patients)) {
    throw new InputError(`${name} has no usable "patients"; expected {file name: patient}`);
  }
  return {
    parts,
    ...(groups !== undefined && { groups }),
    ...(patients !== undefined && { patients: new Map(Object.entries(patients)) }),
  };
}
