/**
 * Says why images and masks cannot be paired, what layout they seem to have, and which settings
 * would tell it.
 *
 * @module
 */
import { baseName, folderName, stemOf, withoutEnding } from "../../core/paths.ts";
import { InputError } from "../../core/errors.ts";
import { plural } from "../../core/plural.ts";
import { firstOf } from "../../core/printable.ts";
import { Sentence, sentence, setting } from "../../core/sentence.ts";
import { IMAGE_NAME } from "../../image/image_names.ts";
import type { FoundLayout } from "./find_layout.ts";
import type { Layout } from "./layout.ts";

/** The settings that tell a layout: "masks labels", "maskPattern _tumor". */
export function settingsOf({ masks, maskPattern }: Layout): Sentence {
  const isSameName = masks !== null && String(maskPattern) === "{}";
  const mentions = [
    ...(masks ?? []).map((text) => setting("masks", text)),
    ...(isSameName ? [] : maskPattern).map((text) => setting("maskPattern", text)),
  ];
  return new Sentence(mentions.flatMap((mention, k) => k === 0 ? [mention] : [" ", mention]));
}

/** Throws {@linkcode InputError} when several layouts explain the files equally well. */
export function refuseRivals(
  { layout, words, rivals }: Pick<FoundLayout, "layout" | "words" | "rivals">,
): void {
  if (rivals.length === 0) return;
  const ways = [{ layout, words }, ...rivals].map((one) =>
    sentence`${one.words} (${settingsOf(one.layout)})`
  );
  const list = new Sentence(
    ways.flatMap((way, k) => k === 0 ? way.parts : [", or ", ...way.parts]),
  );
  const folders = [layout, ...rivals.map(({ layout }) => layout)].map(({ masks }) => masks);
  const areFolders = folders.every((masks) => masks !== null) &&
    new Set(folders.map(String)).size > 1;
  const more = areFolders
    ? sentence`; to join masks of several folders, repeat ${setting("masks")}`
    : sentence``;
  throw new InputError(
    sentence`the names of the files fit ${ways.length} layouts equally well, and each makes other
      pairs: ${list}; say which with the options in brackets${more}`,
  );
}

/** Why there is no pair at all: what was found, what it seems to be, what to say. */
export function refusalOfNoPair(
  images: readonly string[],
  masks: readonly string[],
  unread: readonly string[] = [],
): InputError {
  const found = masks.length === 0
    ? sentence`${plural(images.length, "image")} (such as ${images[0]}) and no mask`
    : sentence`${plural(images.length, "image")} (such as ${images[0]}) and
        ${plural(masks.length, "mask")} (such as ${masks[0]}), but no name of a mask matches that of
        an image`;
  const outlines = unread.length === 0
    ? sentence``
    : sentence`; if ${firstOf(unread, 1)} ${unread.length === 1 ? "holds" : "hold"} outlines, export
        them as masks, or as COCO's or labelme's JSON`;
  return new InputError(sentence`${found}; ${adviceFor(images, masks)}${outlines}`);
}

function adviceFor(images: readonly string[], masks: readonly string[]): Sentence {
  const twin = twinFolders(images);
  if (masks.length === 0 && twin !== undefined) {
    const [one, other] = twin;
    return sentence`${one}/ and ${other}/ hold files of the same names, so one of them may hold the
      masks of the other: name it with ${setting("masks", other)} or ${setting("masks", one)}`;
  }
  const ending = masks.length === 0 ? numberedTwins(images) : undefined;
  if (ending !== undefined) {
    return sentence`each name is there with and without "${ending}": if it marks the masks, say so
      with ${setting("maskPattern", ending)}; if it marks the images, with
      ${setting("maskPattern", `{}${ending}={}`)}`;
  }
  const endings = masks.length === 0 ? endingTwins(images) : undefined;
  if (endings !== undefined) {
    const [one, other] = endings;
    return sentence`each name is there with .${one} and with .${other}: if the .${other} files are
      the masks, say so with ${setting("maskPattern", `{}.${one}={}.${other}`)}, otherwise with
      ${setting("maskPattern", `{}.${other}={}.${one}`)}`;
  }
  if (masks.length === 0) {
    return sentence`add masks, or say how yours are named with ${setting("maskPattern")} (such as
      _mask) and in which folder they lie with ${setting("masks")}`;
  }
  const [image, mask] = [images[0], masks[0]];
  const folder = folderName(mask);
  const isOnly = images.length === 1 && masks.length === 1;
  const [ofImage, ofMask] = isOnly
    ? [image, mask].map((path) => stemOf(baseName(path)))
    : [markedIn(image), markedIn(mask).replace(/\d(.*\d)?/, "*")];
  const example = ofImage === ofMask ? "{}_mask" : `${ofImage}=${ofMask}`;
  const isBeside = folder === folderName(image);
  const place = isBeside
    ? sentence`beside their images`
    : sentence`in ${folder || "."}/, the images in ${folderName(image) || "."}/`;
  const told = isBeside ? sentence`` : sentence`${setting("masks", folder)} and `;
  return sentence`the masks seem to lie ${place}; put the names right, or say how a mask's name
    follows from its image's with ${told}${setting("maskPattern")} (such as
    ${setting("maskPattern", example)}, where {} stands for what both have in common)`;
}

/** A name as an example of a pattern: its first number or all of it becomes "{}". */
function markedIn(path: string): string {
  const stem = stemOf(baseName(path));
  return /\d/.test(stem) ? stem.replace(/\d+/, "{}") : "{}";
}

/** Two folders whose files have the same names. */
function twinFolders(files: readonly string[]): readonly [string, string] | undefined {
  const folders = new Map<string, string>();
  for (const [folder, paths] of Map.groupBy(files, folderName)) {
    const names = paths.map((path) => stemOf(path)).sort().join("\n");
    const other = folders.get(names);
    if (other !== undefined && paths.length > 1) return [other, folder];
    folders.set(names, folder);
  }
}

/** A number such as "_0000" that is at the end of just half of the names. */
function numberedTwins(files: readonly string[]): string | undefined {
  const stems = files.map((path) => `${folderName(path)}/${stemOf(path)}`);
  const known = new Set(stems);
  const endings = Map.groupBy(
    stems.flatMap((stem) => {
      const ending = /[^\p{L}\p{Nd}]\d+$/u.exec(stem)?.[0];
      return ending !== undefined && known.has(stem.slice(0, -ending.length)) ? [ending] : [];
    }),
    (ending) => ending,
  );
  return [...endings].find(([, all]) => 2 * all.length === stems.length)?.[0];
}

/** The two endings that every name is there with, such as "tif" and "png". */
function endingTwins(files: readonly string[]): readonly [string, string] | undefined {
  const endings = Map.groupBy(files, (path) => IMAGE_NAME.exec(path)?.[1].toLowerCase() ?? "");
  if (endings.size !== 2) return undefined;
  const [[one, paths], [other, others]] = [...endings];
  const known = new Set(paths.map(withoutEnding));
  const isTwin = known.size === others.length &&
    others.every((path) => known.has(withoutEnding(path)));
  return isTwin ? [other, one] : undefined;
}
