/**
 * Finds the layout of a data set from the names of its files.
 *
 * BUSI's layout is taken if it explains every file. Otherwise the layout that leaves the fewest
 * files without a partner is taken, and among equals the one whose names say most surely what is a
 * mask. Two layouts that are equally good and pair otherwise are refused.
 *
 * @module
 */
import { baseName, folderName } from "../../core/paths.ts";
import type { PairingWithDoubts } from "../pairing.ts";
import {
  type Candidate,
  candidate,
  candidatesOf,
  isWhole,
  namesByFolder,
  RANK,
  type ToldRules,
} from "./candidates.ts";
import { familiesOf } from "./derive_patterns.ts";
import { BUSI_LAYOUT, type Layout, layoutWords, type ParsedLayout } from "./layout.ts";
import { certaintyOfName, looksLikeMask } from "./mask_words.ts";
import { comparedByValue, isNamePattern, withPlainNumbers } from "./name_pattern.ts";

/** A layout that was found, and the pairs that it makes. */
export interface FoundLayout extends PairingWithDoubts {
  /** The rules of the layout; with them, the same files are paired in the same way. */
  readonly layout: Layout;
  /** The layout in words: "images/ with masks of the same names in masks/". */
  readonly words: string;
  /** Files that are masks of the images by other rules; they are neither images nor masks here. */
  readonly others: readonly OtherMasks[];
  /** Files without a partner that are named like masks; `unmasked` does not have them. */
  readonly lookalikes: readonly string[];
  /** Layouts that explain the files as well and make other pairs. */
  readonly rivals: readonly Rival[];
}

/** Masks of one kind that are left out. */
export interface OtherMasks {
  /** The kind in words: "x_other* for x". */
  readonly kind: string;
  readonly files: readonly string[];
}

/** A layout beside another. */
export interface Rival {
  readonly layout: Layout;
  readonly words: string;
}

/** What is known before the search. */
export interface LayoutWishes extends ToldRules {
  /** A layout that is taken without a search if it explains every file. */
  readonly usual?: Layout | undefined;
  /** Whether only names with a word for masks count: unknown endings are images. */
  readonly onlyNamed?: boolean;
}

/** Finds the layout of files. Throws {@linkcode InputError} for told rules that cannot be used. */
export function findLayout(files: readonly string[], wishes: LayoutWishes): FoundLayout {
  const { images, masks, maskPattern, usual = BUSI_LAYOUT, onlyNamed = false } = wishes;
  const isTold = maskPattern !== null;
  const expected = isTold || masks !== null ? { masks, maskPattern: maskPattern ?? ["{}"] } : usual;
  const first = candidate(files, expected, RANK.usual, images);
  if (isWhole(first.pairing)) return found({ ...first, unexplained: 0, others: [] }, [], images);
  const all = candidatesOf(files, wishes).filter((one) => !onlyNamed || isNamed(one));
  const known = isTold || masks !== null
    ? [
      ...all,
      ...candidatesOf(files, { images, masks: null, maskPattern: null }, { alsoNumbered: true }),
    ]
    : all;
  const surest = Math.min(...all.map(({ rank }) => rank));
  const families = onlyNamed ? [] : unknownFamilies(files);
  const judged = all.map((one) => judge(one, known, families))
    .filter((one) => isTold || isUsable(one, surest))
    .sort((a, b) => a.unexplained - b.unexplained || a.rank - b.rank || doubtsOf(a) - doubtsOf(b));
  const [best = judge(first, known, families)] = judged;
  const isPaired = best.pairing.pairs.length > 0 && best.pairing.orphans.length === 0;
  const loose = isPaired ? undefined : byValue(files, wishes);
  return loose === undefined ? found(best, rivalsOf(judged), images) : found(loose, [], images);
}

/**
 * What speaks against a layout beside equals: that it does not pair every file, or pairs several
 * folders of masks together; that it changes the names of images, as `{}_a={}_mask` does.
 */
function doubtsOf({ pairing, parsed, layout }: Candidate): number {
  const joinsFolders = layout.masks?.some((rule) => rule.endsWith("/*")) &&
    pairing.pairs.some(({ masks }) => masks.length > 1);
  const changesNames = parsed.patterns.some(({ text }) => text.includes("="));
  return (isWhole(pairing) && !joinsFolders ? 0 : 2) + (changesNames ? 1 : 0);
}

/**
 * The layout of names in which only the zeros before numbers differ, `img_007` and `mask_7`;
 * `undefined` if it leaves any mask alone.
 */
function byValue(files: readonly string[], wishes: LayoutWishes): Judged | undefined {
  if (wishes.maskPattern !== null) return undefined;
  const plain = new Set(files.map((file) => withPlainNumbers(file)));
  if (plain.size < files.length || files.every((file) => plain.has(file))) return undefined;
  const { pairs, layout } = findLayout([...plain], wishes);
  if (pairs.length === 0) return undefined;
  const maskPattern = layout.maskPattern.map(comparedByValue);
  if (!maskPattern.every(isNamePattern)) return undefined;
  const one = candidate(files, { ...layout, maskPattern }, RANK.likely, wishes.images);
  const { unmasked, orphans, ambiguous } = one.pairing;
  const isClear = orphans.length === 0 && ambiguous.length === 0;
  return isClear ? { ...one, unexplained: unmasked.length, others: [] } : undefined;
}

/** A candidate with the number of files that it does not explain. */
interface Judged extends Candidate {
  readonly unexplained: number;
  readonly others: readonly OtherMasks[];
}

function judge(
  one: Candidate,
  known: readonly Candidate[],
  families: readonly OtherFamily[],
): Judged {
  const { unmasked, orphans, ambiguous } = one.pairing;
  const others = othersOf(one, known, families);
  const explained = others.reduce((sum, { files }) => sum + files.length, 0);
  return {
    ...one,
    others,
    unexplained: unmasked.length + orphans.length + ambiguous.length - explained,
  };
}

/**
 * Names that tell nothing are believed only if there are no others, and if they explain every file,
 * and more than one image.
 */
function isUsable(one: Judged, surest: number): boolean {
  const { rank, unexplained, pairing, parsed, layout } = one;
  // Where images may lie anywhere, a number in a pattern could be that of another folder.
  const isAnywhere = layout.masks?.some((rule) => /^(.*\/)?\*=/.test(rule));
  if (isAnywhere && layout.maskPattern.some((text) => /\d/.test(text))) return false;
  if (rank === RANK.unknown) {
    const isClear = pairing.pairs.length > 1 && parsed.patterns.every(hasSeparator);
    return surest === RANK.unknown && isClear && unexplained === 0;
  }
  return isNamed({ rank, parsed }) || unexplained === 0;
}

/**
 * Whether words say that the masks are masks. A format alone, or a folder that may hold anything,
 * says nothing unless it fits everywhere.
 */
function isNamed({ rank, parsed }: Pick<Candidate, "rank" | "parsed">): boolean {
  if (rank < RANK.likely) return true;
  const { folders, patterns } = parsed;
  return rank === RANK.likely && folders === undefined &&
    patterns.every(({ text }) => !text.includes("="));
}

/** Whether something stands between the image's name and the rest: `_a` and `a_{}`, not `a`. */
function hasSeparator({ text }: { readonly text: string }): boolean {
  return /^[^\p{L}\p{Nd}{]|[^\p{L}\p{Nd}]\{\}$/u.test(text);
}

/** The layouts that are as good as the first and make other pairs. */
function rivalsOf([best, ...others]: readonly Judged[]): Rival[] {
  if (best === undefined) return [];
  const isFolder = ({ parsed }: Candidate) => parsed.folders !== undefined;
  // BUSI's names come first only among masks that lie beside their images.
  const isEqual = (one: Judged) =>
    one.unexplained === best.unexplained && !isBetter(best, one) &&
    (one.rank === best.rank || one.rank <= RANK.sure && isFolder(one) !== isFolder(best));
  const different = new Map(others.filter(isEqual).map((one) => [pairsText(one), one]));
  different.delete(pairsText(best));
  return [...different.values()]
    .map(({ layout, parsed }) => ({ layout, words: layoutWords(parsed) }));
}

/** Whether a layout is to be preferred to an equal one. */
function isBetter(one: Judged, other: Judged): boolean {
  const [doubts, others] = [doubtsOf(one), doubtsOf(other)];
  if (one.rank !== other.rank || doubts >= others) return false;
  // A layout that pairs every file is better; other names only if they are those of the same masks.
  return doubts < 2 && others >= 2 || masksText(one) === masksText(other);
}

function masksText({ pairing }: Candidate): string {
  return JSON.stringify(pairing.pairs.flatMap(({ masks }) => masks).sort());
}

function pairsText({ pairing }: Candidate): string {
  return JSON.stringify(pairing.pairs);
}

function found(one: Judged, rivals: readonly Rival[], images: string): FoundLayout {
  const { layout, parsed, pairing, others } = one;
  const left = new Set(others.flatMap(({ files }) => files));
  const alone = pairing.unmasked.filter((file) => !left.has(file));
  const lookalikes = lookalikesAmong(alone, pairing, images);
  const named = new Set(lookalikes);
  return {
    ...pairing,
    unmasked: alone.filter((file) => !named.has(file)),
    orphans: pairing.orphans.filter((file) => !left.has(file)),
    layout,
    words: layoutWords(parsed),
    others,
    lookalikes,
    rivals,
  };
}

/** Files that are named like masks. A folder of images with masks is no folder of masks. */
function lookalikesAmong(
  files: readonly string[],
  { pairs }: PairingWithDoubts,
  images: string,
): string[] {
  const ofImages = new Set(pairs.map(({ image }) => folderName(image)));
  const start = images === "" ? 0 : images.length + 1;
  return files.filter((file) =>
    looksLikeMask(ofImages.has(folderName(file)) ? baseName(file) : file.slice(start))
  );
}

/**
 * The files that a layout does not use and that other rules, which are no surer, make masks of its
 * files. Where names do not tell that such files are masks, none of them may have a mask itself.
 */
function othersOf(
  one: Candidate,
  known: readonly Candidate[],
  families: readonly OtherFamily[],
): OtherMasks[] {
  const { pairs, unmasked, orphans } = one.pairing;
  const left = new Set([...unmasked, ...orphans]);
  if (left.size === 0 || pairs.length === 0) return [];
  const used = new Set(pairs.flatMap(({ image, masks }) => [image, ...masks]));
  const others: OtherMasks[] = [];
  const take = (parsed: ParsedLayout, files: readonly string[]) => {
    if (files.length > 0) others.push({ kind: kindOf(parsed), files: [...files].sort() });
    for (const file of files) left.delete(file);
  };
  for (const { parsed, pairing, rank } of known.toSorted((a, b) => a.rank - b.rank)) {
    if (rank === RANK.unknown || rank < one.rank && one.rank > RANK.sure) continue;
    const masks = pairing.pairs.filter(({ image }) => used.has(image)).flatMap(({ masks }) =>
      masks
    );
    take(parsed, masks.filter((mask) => left.has(mask)));
  }
  for (const { parsed, files, isNamed } of families) {
    // In folders of images, only words for masks tell a mask.
    const isTold = isNamed || one.parsed.folders === undefined;
    if (isTold && files.every((file) => left.has(file))) take(parsed, files);
  }
  return others;
}

/** Files whose names are those of other files with an ending such as `_other1`. */
interface OtherFamily {
  readonly parsed: ParsedLayout;
  readonly files: readonly string[];
  /** Whether the ending has a word for masks. */
  readonly isNamed: boolean;
}

function unknownFamilies(files: readonly string[]): OtherFamily[] {
  const isEnding = (text: string) => hasSeparator({ text }) && !text.endsWith("{}");
  return familiesOf(namesByFolder(files)).filter((patterns) => patterns.every(isEnding))
    .map((patterns) => {
      const layout = { masks: null, maskPattern: patterns };
      const { parsed, pairing: { pairs, orphans } } = candidate(files, layout, RANK.unknown);
      return {
        parsed,
        files: [...pairs.flatMap(({ masks }) => masks), ...orphans],
        isNamed: patterns.some((text) => certaintyOfName(text) !== "unknown"),
      };
    });
}

function kindOf({ folders, patterns }: ParsedLayout): string {
  if (folders === undefined) return patterns.map(({ words }) => words).join(", ");
  return folders.map(({ words: [, masks] }) => masks).join(", ");
}
