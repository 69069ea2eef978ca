/**
 * Walks the folders of a store.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { EntryKind, WalkRules } from "./store.ts";

/** The most folders in folders. A deeper tree is a mistake or an attack. */
export const MOST_DEPTH = 100;

/** The longest part of a path that a message shows. */
const SHOWN_LETTERS = 60;

/** An entry of a folder, before a link is followed. */
export interface WalkedEntry {
  readonly name: string;
  /** The path relative to the store. */
  readonly path: string;
  /** The kind of the entry; `undefined` when its name is no text, so that no path leads to it. */
  readonly kind: EntryKind | "link" | undefined;
  /** The kind that the folder tells of an entry without a usable name. */
  readonly told?: EntryKind;
}

/** What a walk needs of a store. */
export interface WalkSource {
  /** The entries of a folder, sorted by the code units of their names. */
  entries(path: string): Promise<readonly WalkedEntry[]>;
  /** A path with its links followed, relative to the store. */
  target(path: string): Promise<string>;
  /** The kind of a link's target. */
  kindOf(path: string): Promise<EntryKind | undefined>;
}

/**
 * The paths of all plain files in a folder and the folders below, sorted by code units. The rules
 * hold for a link, for its target, and for every folder above the target, so that a link cannot
 * bypass them. A folder that several links reach is walked once.
 *
 * Each folder is listed once, and only links cost more than their entry in the list.
 *
 * @throws InputError for an unreadable folder, for a link that leads outside or nowhere, for more
 *   than {@linkcode MOST_DEPTH} folders in folders, and for a name that is no text unless
 *   `rules.unreadable` takes it.
 */
export async function walkFolder(
  source: WalkSource,
  start: string,
  rules: WalkRules = {},
): Promise<string[]> {
  const { skip = () => false, skipFolder = () => false } = rules;
  const { unreadable = refuseName, special = () => {}, skippedLink = () => {} } = rules;
  const files: string[] = [];
  const walked = new Set<string>();
  /** Whether the rules leave out a folder, by its path: many links may lead to one folder. */
  const leftOut = new Map<string, boolean>();

  const visit = async (path: string, real: string): Promise<void> => {
    if (walked.has(real)) return;
    walked.add(real);
    if (depthOf(path) > MOST_DEPTH) {
      throw new InputError(
        `${path.slice(0, SHOWN_LETTERS)}... holds folders in folders, more than ${MOST_DEPTH} ` +
          `deep; move what belongs to the data further up, or this folder out of the data directory`,
      );
    }
    const entries = await source.entries(path);
    if (await skips(path, entries)) return;
    for (const entry of entries) {
      if (skip(entry)) continue;
      if (entry.kind === "link") await follow(entry);
      else await take(entry, joined(real, entry.name));
    }
  };

  const take = async ({ path, name, kind, told }: WalkedEntry, real: string): Promise<void> => {
    if (kind === "file") files.push(path);
    else if (kind === "folder") await visit(path, real);
    else if (kind === "other") special({ path, name, kind });
    else unreadable({ path, name, kind: told ?? "other" });
  };

  const follow = async (link: WalkedEntry): Promise<void> => {
    const target = await source.target(link.path);
    const kind = await source.kindOf(link.path) ?? "other";
    if (await skipsTarget(target, kind)) skippedLink(link);
    else await take({ ...link, kind }, target);
  };

  const skips = async (path: string, listed?: readonly WalkedEntry[]): Promise<boolean> => {
    const known = leftOut.get(path);
    if (known !== undefined) return known;
    const entries = listed ?? await source.entries(path);
    const answer = await skipFolder({ path, names: new Set(entries.map(({ name }) => name)) });
    leftOut.set(path, answer);
    return answer;
  };

  /** Whether the rules leave out a link's target or a folder above it. */
  const skipsTarget = async (target: string, kind: EntryKind | undefined): Promise<boolean> => {
    const parts = target.split("/").filter((part) => part !== "");
    for (let count = 1; count <= parts.length; count++) {
      const path = parts.slice(0, count).join("/");
      if (skip({ name: parts[count - 1], path })) return true;
      if (count === parts.length && kind !== "folder") return false;
      if (await skips(path)) return true;
    }
    return false;
  };

  await visit(start, await source.target(start));
  return files.sort();
}

/** How names get into UTF-8. */
export const HOW_TO_RENAME =
  "rename what is there (the program convmv renames whole folders, from latin1 to utf8)";

/** The message about a name that is no text. `path` shows U+FFFD in place of what is no UTF-8. */
export function unreadableName(path: string): string {
  return `${path}: this name is not in UTF-8, so nothing can open it; ${HOW_TO_RENAME}`;
}

function refuseName({ path }: { readonly path: string }): never {
  throw new InputError(unreadableName(path));
}

function depthOf(path: string): number {
  return path === "" ? 0 : path.split("/").length;
}

function joined(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
