/**
 * Patterns for the names of masks.
 *
 * | pattern | mask of `x.png` |
 * |---|---|
 * | `_mask` | `x_mask.png`, `x_mask_1.png` |
 * | `_mask*` | `x_mask.png`, `x_mask1.png`, `x_mask (2).png` |
 * | `mask_{}` | `mask_x.png` |
 * | `{}` | `x.png`, in a folder of masks |
 * | `bus_{}=mask_{}` | `mask_7.png` of `bus_7.png` |
 * | `{}.jpg={}.png` | `x.png` of `x.jpg` |
 * | `*=mask` | `mask.png`, of the only image in its folder |
 * | `{#}_mask` | `7_mask.png` of `007.png` |
 * | `_mask{n}` | `x_mask.png`, `x_mask1.png`, `x_mask (2).png`, not `x_mask_old.png` |
 *
 * `{}` stands for the text that an image's name and its mask's have in common, `*` for any text,
 * `{n}` for a number or nothing. `{#}` is `{}` where numbers are compared by their values. A
 * pattern without `{}` and `{#}` follows the image's name.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { IMAGE_NAME } from "../../image/image_names.ts";

/** More wildcards in one name would make it slow to compare. */
const MOST_WILDCARDS = 3;

/** The parts of one side of a pattern: texts, "{}", "{#}", "{n}" and "*". */
type Template = readonly string[];

/** A hole in which numbers are compared by their values. */
export const BY_VALUE = "{#}";

/** A number, perhaps in brackets, or nothing. */
export const NUMBER = "{n}";
const IS_NUMBER = /^([ _.-]*\(?\d+\)?)?$/;

/** A name that a pattern gives a mask's image. */
export interface ImageName {
  /** The image's name, with or without its ending; `undefined`: the only image in its folder. */
  readonly name: string | undefined;
  /** The number of the mask among those of its image; -1 without one. */
  readonly number: number;
  /** Whether numbers in the name are compared by their values; absent if not. */
  readonly isLoose?: true;
}

/** A parsed pattern. */
export class NamePattern {
  readonly #image: Template;
  readonly #mask: Template;

  private constructor(readonly text: string, image: string, mask: string) {
    this.#image = templateOf(image);
    this.#mask = templateOf(mask);
  }

  /** Parses a pattern. Throws {@linkcode InputError} for one that no mask can have. */
  static parse(text: string): NamePattern {
    const problem = problemOf(text);
    if (problem !== undefined) throw new InputError(`mask pattern "${text}": ${problem}`);
    const [image, mask] = sidesOf(text);
    return new NamePattern(text, image, mask);
  }

  /** Whether mask and image have the same name, so that only folders tell them apart. */
  get isSameName(): boolean {
    return String(this.#image) === String(this.#mask) && !this.#image.includes("*");
  }

  /** Both sides with "NAME" for what they have in common: "NAME_mask for NAME". */
  get words(): string {
    const [image, mask] = [this.#image, this.#mask]
      .map((parts) =>
        parts.map((part) => isHole(part) ? "NAME" : part).join("").replace(NUMBER, "1")
      );
    const masks = mask === "*" ? "all" : mask;
    const numbers = this.#isLoose ? " with numbers by value" : "";
    return `${masks} for ${image === "*" ? "the only image of a folder" : image}${numbers}`;
  }

  /**
   * The names that the image beside a mask may have; none for an image. A file of both forms, such
   * as `x_mask` for `{}` and `{}_mask`, has the form that says more.
   */
  imagesBeside(fileName: string): ImageName[] {
    const images = this.imagesOf(fileName);
    if (images.length === 0 || lengthOf(this.#mask) > lengthOf(this.#image)) return images;
    return fits(this.#image, fileName) ? [] : images;
  }

  /** The names that the mask's image may have, the longest first; none for other files. */
  imagesOf(fileName: string): ImageName[] {
    const plain = nameFor(this.#mask, fileName);
    const loose = this.#isLoose ? { isLoose: true } as const : {};
    const found = [...matches(this.#mask, plain)].map(({ holes, stars }): ImageName => ({
      name: this.#filled(holes),
      number: Number(/\d+/.exec(stars.at(-1) ?? "")?.[0] ?? -1),
      ...loose,
    }));
    const end = this.#mask.at(-1)!;
    const numbered = isWildcard(end) ? null : /_(\d+)$/.exec(plain);
    if (numbered !== null) {
      const rest = plain.slice(0, numbered.index);
      for (const { holes } of matches(this.#mask, rest)) {
        found.push({ name: this.#filled(holes), number: Number(numbered[1]), ...loose });
      }
    }
    return found.sort((a, b) => (b.name?.length ?? 0) - (a.name?.length ?? 0));
  }

  #filled(holes: readonly string[]): string | undefined {
    if (this.#image.includes("*")) return undefined;
    let next = 0;
    return this.#image.map((part) => isHole(part) ? holes[next++] : part).join("");
  }

  get #isLoose(): boolean {
    return this.#mask.includes(BY_VALUE);
  }
}

/** Whether {@linkcode NamePattern.parse} takes a text. */
export function isNamePattern(text: string): boolean {
  return problemOf(text) === undefined;
}

function problemOf(text: string): string | undefined {
  if (text === "" || /[/\\]/.test(text)) {
    return `expected the end of a mask's file name, such as "_mask", or a pattern of names, such ` +
      `as "mask_{}"; folders of masks are given apart`;
  }
  const [image, mask] = sidesOf(text).map(templateOf);
  const count = (parts: Template, wildcard: string) =>
    parts.filter((part) => part === wildcard).length;
  const wildcards = mask.filter(isWildcard).length;
  if (wildcards > MOST_WILDCARDS) {
    return `expected at most ${MOST_WILDCARDS} of {} and * in one name`;
  }
  if (image.includes(NUMBER)) return `expected ${NUMBER} in the mask's name alone`;
  if (image.includes("*") && image.length > 1) {
    return `expected * alone for the image: the only one in its folder`;
  }
  const holes = ["{}", BY_VALUE];
  if (!image.includes("*") && holes.some((hole) => count(image, hole) !== count(mask, hole))) {
    return `expected {} equally often on both sides of "="`;
  }
}

/** The image's side and the mask's side. */
function sidesOf(text: string): [image: string, mask: string] {
  const cut = text.indexOf("=");
  if (cut > 0 && cut < text.length - 1) return [text.slice(0, cut), text.slice(cut + 1)];
  if (text.includes(BY_VALUE)) return [BY_VALUE, text];
  return ["{}", text.includes("{}") ? text : `{}${text}`];
}

function templateOf(side: string): Template {
  return side.normalize("NFC").split(/(\{[#n]?\}|\*)/).filter((part) => part !== "");
}

function lengthOf(template: Template): number {
  return template.reduce((sum, part) => sum + (isWildcard(part) ? 0 : part.length), 0);
}

/** The part of a file's name that a side describes: with the ending only if the side has one. */
function nameFor(template: Template, fileName: string): string {
  return IMAGE_NAME.test(template.at(-1) ?? "")
    ? withPlainEnding(fileName)
    : fileName.normalize("NFC").replace(IMAGE_NAME, "");
}

/** A file's name in NFC with its ending in lower case. */
export function withPlainEnding(fileName: string): string {
  return fileName.normalize("NFC").replace(IMAGE_NAME, (ending) => ending.toLowerCase());
}

/** The pattern that compares numbers by their values. */
export function comparedByValue(text: string): string {
  return sidesOf(text).map((side) => side.replaceAll("{}", BY_VALUE)).join("=")
    .replace(new RegExp(`^${RegExp.escape(BY_VALUE)}=(?=.*${RegExp.escape(BY_VALUE)})`), "");
}

/** A name with its numbers as values: "7" for "007". */
export function withPlainNumbers(name: string): string {
  return name.replaceAll(/(?<![0-9])0+(?=[0-9])/g, "");
}

function fits(template: Template, fileName: string): boolean {
  return matches(template, nameFor(template, fileName)).next().done !== true;
}

interface Match {
  readonly holes: readonly string[];
  readonly stars: readonly string[];
}

/** All ways in which a text has the form of a template, those with long first parts first. */
function* matches([part, ...rest]: Template, text: string): Generator<Match> {
  if (part === undefined) {
    if (text === "") yield { holes: [], stars: [] };
    return;
  }
  if (!isWildcard(part)) {
    if (text.startsWith(part)) yield* matches(rest, text.slice(part.length));
    return;
  }
  for (const length of lengthsBefore(rest, text)) {
    const taken = text.slice(0, length);
    if (part === NUMBER && !IS_NUMBER.test(taken)) continue;
    for (const { holes, stars } of matches(rest, text.slice(length))) {
      yield isHole(part)
        ? { holes: [taken, ...holes], stars }
        : { holes, stars: [taken, ...stars] };
    }
  }
}

/** The lengths that a wildcard may have before the rest of its template, the longest first. */
function* lengthsBefore(rest: Template, text: string): Generator<number> {
  const [next] = rest;
  if (next === undefined) yield text.length;
  else if (isWildcard(next)) { for (let length = text.length; length >= 0; length--) yield length; }
  else if (rest.length === 1) {
    if (text.endsWith(next)) yield text.length - next.length;
  } else {
    for (let at = text.lastIndexOf(next); at >= 0; at = text.lastIndexOf(next, at - 1)) {
      yield at;
      if (at === 0) return;
    }
  }
}

function isWildcard(part: string): boolean {
  return isHole(part) || part === "*" || part === NUMBER;
}

function isHole(part: string): boolean {
  return part === "{}" || part === BY_VALUE;
}
