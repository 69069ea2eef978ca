/**
 * Derives findings from the facts of images, classes and duplicates.
 *
 * @module
 */
import { largest, smallest } from "../core/statistics.ts";
import type { DuplicatePair } from "../dataset/duplicates.ts";
import { SIDE } from "../dataset/fingerprint.ts";
import type { Box } from "../image/contours.ts";
import type { CaseFacts, MaskFacts } from "./case.ts";
import type { ClassCount, DuplicateGroup, FindingCase, FindingKind } from "./inspection.ts";

/** A lesion is tiny below this share of its image, or below this number of px. */
const TINY_SHARE = 0.0005;
const TINY_PX = 50;
/** An image is flat below this standard deviation of the grey levels. */
const FLAT = 4;
/** The largest usual ratio of the longer side to the shorter. */
const USUAL_RATIO = 2.5;
/** A class counts as one of lesions when more than this share of its images have a lesion. */
const LESION_CLASS_SHARE = 0.5;
/** A class with a smaller share of the images is small. */
const SMALL_CLASS_SHARE = 0.1;

/** 16-bit images whose bits in use differ by so many do not come from one device. */
const UNEVEN_BITS = 4;

/** The least Dice at which masks of images that show the same agree. */
const DISAGREE_BELOW = 0.5;

/** Findings before they are sorted. */
export type Found = readonly (readonly [FindingKind, FindingCase])[];

/** The findings of one image and its masks. */
export function findingsOfCase(facts: CaseFacts, classOfLesions: boolean): Found {
  const { image, width, height, masks, lesion } = facts;
  const found: (readonly [FindingKind, FindingCase])[] = [];
  const note = (kind: FindingKind, words = "", files = [image]) => {
    found.push([kind, { files, words }]);
  };
  const noteAt = (kind: FindingKind, places: readonly Box[], words = "") => {
    found.push([kind, { files: [image], words, places }]);
  };
  if (facts.contrast < FLAT) {
    note("flat_image", `grey levels differ by ${facts.contrast.toFixed(1)}`);
  }
  if (facts.colour) note("colour");
  if (facts.overlay.length > 0) noteAt("overlay", facts.overlay);
  const ratio = Math.max(width, height) / Math.min(width, height);
  if (ratio > USUAL_RATIO) note("unusual_shape", `${width}x${height}`);
  if (masks.length > 1) note("several_masks", `${masks.length} masks`);
  const asStored = masks.filter(({ orientation }) => orientation === undefined);
  found.push(...findingsOfFile(image, facts, asStored.map(({ path }) => `; ${path} has none`)));
  for (const mask of masks) {
    found.push(...findingsOfFile(mask.path, mask), ...findingsOfMask(mask, facts));
  }
  const repeated = [
    ...Map.groupBy(masks.filter((mask) => mask.lesion), ({ hash }) => hash).values(),
  ]
    .filter((same) => same.length > 1);
  for (const same of repeated) {
    note("mask_repeated", "equal masks", same.map(({ path }) => path).sort());
  }
  if (masks.length > 0 && !masks.some((mask) => mask.lesion)) {
    note(classOfLesions ? "mask_missing_lesion" : "mask_empty");
  }
  if (lesion !== undefined && !masks.some(({ inverted, full }) => inverted || full)) {
    const { share, px, box, specks, speckPlaces, borderPlaces } = lesion;
    if (share < TINY_SHARE || px < TINY_PX) {
      noteAt("lesion_tiny", [box], `${(100 * share).toFixed(2)} % of the image, ${px} px`);
    }
    if (specks > 0) {
      noteAt("mask_specks", speckPlaces, `${specks} ${specks === 1 ? "speck" : "specks"}`);
    }
    if (borderPlaces.length > 0) noteAt("lesion_at_border", borderPlaces);
  }
  return found;
}

function findingsOfFile(
  path: string,
  { orientation, morePages }: MaskFacts | CaseFacts,
  more: readonly string[] = [],
): Found {
  const found: (readonly [FindingKind, FindingCase])[] = [];
  if (orientation) {
    const words = [`orientation ${orientation}`, ...more].join("");
    found.push(["turned", { files: [path], words }]);
  }
  if (morePages) found.push(["more_pages", { files: [path], words: "" }]);
  return found;
}

function findingsOfMask(mask: MaskFacts, { width, height }: CaseFacts): Found {
  const found: (readonly [FindingKind, FindingCase])[] = [];
  const note = (kind: FindingKind, words = "") => {
    found.push([kind, { files: [mask.path], words }]);
  };
  if (mask.full) note("mask_full");
  if (mask.inverted) note("mask_inverted");
  if (mask.width !== width || mask.height !== height) {
    note("mask_of_other_size", `${mask.width}x${mask.height}, the image is ${width}x${height}`);
  }
  if (mask.takenFrom) note("mask_rescaled", mask.takenFrom);
  if (mask.softPixels > 0) note("mask_soft", `${mask.softPixels} px`);
  return found;
}

/** The classes in which most images have a lesion. */
export function classesOfLesions(counts: readonly ClassCount[]): Set<string> {
  const named = counts.filter(({ name }) => name !== "");
  return new Set(
    named.filter(({ images, lesions }) => lesions > LESION_CLASS_SHARE * images)
      .map(({ name }) => name),
  );
}

/** Findings of classes with few images. */
export function findingsOfClasses(counts: readonly ClassCount[]): Found {
  const all = counts.reduce((sum, { images }) => sum + images, 0);
  return counts.filter(({ name, images }) => name !== "" && images < SMALL_CLASS_SHARE * all)
    .map(({ name, images }) => ["class_imbalance", {
      files: [],
      words: `${name}: ${images} of ${all} images`,
    }]);
}

/** Findings of all images together. */
export function findingsOfAll(cases: readonly CaseFacts[]): Found {
  const isKnown = cases.some(({ masks }) => masks.length > 0);
  if (!isKnown || cases.some(({ masks }) => masks.some(({ lesion }) => lesion))) return [];
  return [["no_lesion", { files: [], words: `none of ${cases.length}` }]];
}

/**
 * Findings of images whose values do not fit together: 8 bits beside 16, or 16-bit images of which
 * some use many bits fewer than others.
 */
export function findingsOfDepths(cases: readonly CaseFacts[]): Found {
  const wide = cases.flatMap(({ bitsInUse }) => bitsInUse ?? []);
  if (wide.length === 0) return [];
  const isEven = wide.length === cases.length && largest(wide) - smallest(wide) < UNEVEN_BITS;
  if (isEven) return [];
  const kinds = Map.groupBy(
    cases,
    ({ bitsInUse }) => bitsInUse === undefined ? "8 bits" : `${bitsInUse} of 16 bits`,
  );
  return [...kinds].sort(([a], [b]) => a < b ? -1 : 1).map(([kind, own]) => {
    const words = `${kind} in use: ${own.length} of ${cases.length} images, such as ${
      own[0].image
    }`;
    return ["mixed_depth", { files: [], words }];
  });
}

/** Findings of duplicate groups; a group in two classes has two findings. */
export function findingsOfGroups(groups: readonly DuplicateGroup[]): Found {
  return groups.flatMap(({ images, exact, correlation, classes }) => {
    const words = exact ? "equal pixels" : `correlation ${correlation.toFixed(2)}`;
    const found: (readonly [FindingKind, FindingCase])[] = [
      [exact ? "exact_duplicates" : "near_duplicates", { files: images, words }],
    ];
    if (classes.length > 1) {
      found.push(["lesion_in_two_classes", { files: images, words: classes.join(", ") }]);
    }
    return found;
  });
}

/** Findings of equal masks whose images show different things. */
export function findingsOfCopiedMasks(
  cases: readonly CaseFacts[],
  groups: readonly DuplicateGroup[],
): Found {
  const groupOf = new Map(groups.flatMap(({ images }, i) => images.map((image) => [image, i])));
  const masks = cases.flatMap(({ image, masks }) =>
    masks.filter(({ lesion, full }) => lesion && !full).map(({ path, hash }) => ({
      image,
      path,
      hash,
    }))
  );
  return [...Map.groupBy(masks, ({ hash }) => hash).values()].flatMap((same) => {
    const things = new Set(same.map(({ image }) => groupOf.get(image) ?? image));
    if (things.size < 2) return [];
    return [["mask_copied", { files: same.map(({ path }) => path).sort(), words: "equal masks" }]];
  });
}

/** Findings of near duplicates with different masks, compared after shifting one onto the other. */
export function findingsOfDisagreement(
  cases: readonly CaseFacts[],
  nearDuplicates: readonly DuplicatePair[],
): Found {
  const byPath = new Map(cases.map((facts) => [facts.image, facts]));
  return nearDuplicates.flatMap(({ a, b, shift }) => {
    const dice = diceOfSmall(byPath.get(a)!.smallMask, byPath.get(b)!.smallMask, shift);
    if (dice >= DISAGREE_BELOW) return [];
    return [["masks_disagree", {
      files: [a, b],
      words: dice === 0 ? "nothing in common" : `Dice ${dice.toFixed(2)}`,
    }]];
  });
}

/** Dice of two small masks, the second one shifted; 1 when both are empty. Pixels outside are 0. */
function diceOfSmall(a: Uint8Array, b: Uint8Array, [dx, dy]: DuplicatePair["shift"]): number {
  let both = 0, sum = 0;
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const [u, v] = [x - dx, y - dy];
      const isInside = u >= 0 && v >= 0 && u < SIDE && v < SIDE;
      const [one, other] = [a[y * SIDE + x], isInside ? b[v * SIDE + u] : 0];
      both += Math.min(one, other);
      sum += one + other;
    }
  }
  return sum === 0 ? 1 : 2 * both / sum;
}
