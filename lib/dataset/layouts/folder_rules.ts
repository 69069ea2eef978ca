/**
 * Finds folders of masks and the folders of their images by the names of the folders.
 *
 * @module
 */
import { folderName } from "../../core/paths.ts";
import { isMaskFolder, parseMaskFolder } from "./mask_folders.ts";
import { partsOf, roleOfFolder, withoutRoles, wordsOf } from "./mask_words.ts";

/** Rules that together say where all masks lie. */
export interface FolderRules {
  readonly masks: readonly string[];
  /** Whether the folders' names say surely that they hold masks. */
  readonly isSure: boolean;
}

/** So many folders are tried as the place of the images where names tell nothing. */
const MOST_TRIED = 6;

/** So many pairs of folders are compared to find kinds of masks. */
const MOST_COMPARED = 10_000;

/** A folder of masks and a folder that may hold their images. */
interface Match {
  readonly masks: string;
  readonly images: string;
  readonly rule: string;
}

/**
 * All ways to tell folders of masks from folders of images, none if no folder has such a name.
 *
 * @param options.alsoNumbered Whether `masks_2` beside `masks` is another kind of masks, which can
 *   be left out. It may as well hold more masks of the same images.
 */
export function folderRulesOf(
  files: readonly string[],
  { alsoNumbered = false } = {},
): FolderRules[] {
  const folders = [...new Set(files.map(folderName))].sort();
  const above = commonFolder(folders);
  const roles = new Map(folders.map((folder) => [folder, roleOfFolder(below(folder, above))]));
  for (const sought of ["mask", "perhaps"] as const) {
    const masks = folders.filter((folder) => roles.get(folder) === sought);
    const images = folders.filter((folder) => roles.get(folder) !== sought);
    if (masks.length === 0 || images.length === 0) continue;
    return rulesFor(masks, images, roles, { above, alsoNumbered })
      .map(({ masks, isSure }) => ({ masks, isSure: isSure && sought === "mask" }));
  }
  return [];
}

/** The rules for masks in given folders, as the option names them. */
export function givenFolderRules(
  files: readonly string[],
  given: readonly string[],
): FolderRules[] {
  const rules = given.map((text) => parseMaskFolder(text));
  const asTold = { masks: given, isSure: true };
  if (rules.some(({ path }) => path === undefined)) return [asTold];
  const folders = [...new Set(files.map(folderName))].sort();
  const masks = folders.filter((folder) => rules.some((rule) => rule.placesOf(folder).length > 0));
  const held = new Set(masks);
  const others = folders.filter((folder) => !held.has(folder));
  const roles = new Map(folders.map((folder) => [folder, roleOfFolder(folder)]));
  const named = others.filter((folder) => roles.get(folder) !== "mask");
  const images = named.length > 0 ? named : others;
  const above = commonFolder(folders);
  const found = rulesFor(masks, images, roles, { above, alsoNumbered: true });
  return [asTold, ...found.map(({ masks }) => ({ masks, isSure: true }))];
}

function rulesFor(
  masks: readonly string[],
  images: readonly string[],
  roles: ReadonlyMap<string, ReturnType<typeof roleOfFolder>>,
  { above, alsoNumbered }: { readonly above: string; readonly alsoNumbered: boolean },
): FolderRules[] {
  const keyOf = (folder: string) => withoutRoles(below(folder, above));
  const byKey = Map.groupBy(images, keyOf);
  const matches: Match[] = masks.flatMap((folder) => {
    const same = nearest(folder, byKey.get(keyOf(folder)) ?? []);
    const named = same.filter((image) => roles.get(image) === "image");
    return matchesOf(folder, named.length > 0 ? named : same);
  });
  if (matches.length > 0) {
    const held = new Set(matches.map(({ masks }) => masks));
    const words = new Set([...held].map(plainWords));
    const spare = masks.filter((folder) =>
      !held.has(folder) && (alsoNumbered || !words.has(plainWords(folder)))
    );
    const used = [...new Set(matches.map(({ images }) => images))];
    const [sure, likely] = [alternatives(matches), kindsOf(spare, used)];
    return [
      ...sure.map((masks) => ({ masks, isSure: true })),
      ...likely.map((masks) => ({ masks, isSure: false })),
    ];
  }
  const [top, single] = [commonFolder(masks), commonFolder(images)];
  const tried = [...new Set([single, ...images])].slice(0, MOST_TRIED);
  const found = [
    ...matchesOf(top, tried).map(({ rule }) => [rule]),
    ...acrossFolders(top, single, { masks, images }),
    ...masks.length > 1 ? kindsOf(masks, images) : [],
  ];
  return found.map((masks) => ({ masks, isSure: true }));
}

/** The words of a folder without numbers. */
function plainWords(folder: string): string {
  return wordsOf(folder).join(" ");
}

/** Rules for masks or images that are divided into folders of which the others know nothing. */
function acrossFolders(
  top: string,
  single: string,
  { masks, images }: { readonly masks: readonly string[]; readonly images: readonly string[] },
): string[][] {
  const { from, to } = difference(single, top);
  const below = (parts: readonly string[], folders: readonly string[]) =>
    folders.length > 1 ? [...parts, "*"] : parts;
  const rules = to.length === 0 ? [] : [ruleOf(below(from, images), below(to, masks))];
  if (masks.length > 1) {
    const parent = folderName(masks[0]);
    const { from, to } = difference(nearest(parent, images)[0], parent);
    rules.push(ruleOf(from, [...to, "{}"]));
  }
  return rules.filter(isMaskFolder).map((rule) => [rule]);
}

function ruleOf(images: readonly string[], masks: readonly string[]): string {
  return images.length === 0 ? `*/${masks.join("/")}` : `${images.join("/")}=${masks.join("/")}`;
}

/** One set of rules for each kind of folder of masks, such as `masks_a` and `masks_b`. */
function kindsOf(masks: readonly string[], images: readonly string[]): string[][] {
  if (masks.length * images.length > MOST_COMPARED) return [];
  const kinds = new Map<string, Set<string>>();
  for (const folder of masks) {
    for (const match of matchesOf(folder, nearest(folder, images))) {
      const [images, masks = images] = match.rule.split("=");
      const own = new Set(masks === images ? [] : partsOf(images));
      const kind = partsOf(masks).filter((part) => !own.has(part)).join(" ");
      kinds.set(kind, (kinds.get(kind) ?? new Set()).add(match.rule));
    }
  }
  return kinds.size > MOST_TRIED ? [] : [...kinds.values()].map((rules) => [...rules].sort());
}

/** The folders that have the most of their path in common with a folder. */
function nearest(folder: string, others: readonly string[]): readonly string[] {
  if (others.length < 2) return others;
  const shared = others.map((other) => {
    const { common, from } = difference(other, folder);
    return common - from.length;
  });
  return others.filter((_, k) => shared[k] === Math.max(...shared));
}

function matchesOf(masks: string, images: readonly string[]): Match[] {
  return images.flatMap((folder) => {
    const rule = ruleBetween(folder, masks);
    return rule === undefined ? [] : [{ masks, images: folder, rule }];
  });
}

/**
 * One set of rules if each folder has one partner. If two folders of masks go with one folder of
 * images, or the other way round, there is one set for each kind of name.
 */
function alternatives(matches: readonly Match[]): string[][] {
  const ofImages = Map.groupBy(matches, ({ images }) => images);
  const ofMasks = Map.groupBy(matches, ({ masks }) => masks);
  const isRival = ({ images, masks }: Match) =>
    ofImages.get(images)!.length > 1 || ofMasks.get(masks)!.length > 1;
  const rivals = matches.filter(isRival);
  const certain = matches.filter((match) => !isRival(match));
  const rulesOf = (some: readonly Match[]) => [...new Set(some.map(({ rule }) => rule))].sort();
  if (rivals.length === 0) return [rulesOf(certain)];
  const kinds = Map.groupBy(rivals, ({ rule }) => kindOf(rule));
  return [...kinds.values()].map((kind) => rulesOf([...certain, ...kind]));
}

/** The words of a rule that it has in all parts of a data set: "images masks". */
function kindOf(rule: string): string {
  return rule.split("=").map((side) => {
    const role = side.split("/").findLast((part) => roleOfFolder(part) !== undefined) ?? side;
    return wordsOf(role).filter((word) => roleOfFolder(word) !== undefined).join(" ");
  }).join("=");
}

/** The rule that turns the one folder into the other; `undefined` where there is none. */
function ruleBetween(images: string, masks: string): string | undefined {
  const { from, to } = difference(images, masks);
  const rule = ruleOf(from, to);
  return isMaskFolder(rule) ? rule : undefined;
}

/** The parts in which two paths differ, and the number of those that they share. */
function difference(one: string, other: string): { from: string[]; to: string[]; common: number } {
  let [from, to] = [one.split("/"), other.split("/")].map((parts) =>
    parts.filter((part) => part !== "")
  );
  const length = from.length;
  while (from.length > 0 && to.length > 0 && from[0] === to[0]) {
    [from, to] = [from.slice(1), to.slice(1)];
  }
  while (from.length > 0 && to.length > 0 && from.at(-1) === to.at(-1)) {
    [from, to] = [from.slice(0, -1), to.slice(0, -1)];
  }
  return { from, to, common: length - from.length };
}

/** The deepest folder that holds all these folders. */
function commonFolder(folders: readonly string[]): string {
  let common = folders[0]?.split("/") ?? [];
  for (const folder of folders) {
    const parts = folder.split("/");
    const differs = common.findIndex((part, k) => part !== parts[k]);
    if (differs >= 0) common = common.slice(0, differs);
  }
  return common.join("/");
}

function below(folder: string, above: string): string {
  return above === "" ? folder : folder.slice(above.length + 1);
}
