/**
 * Examines a data set image by image and sums up the findings.
 *
 * @module
 */
import type { Sentence } from "../core/sentence.ts";
import { smallest } from "../core/statistics.ts";
import { classesOf } from "../dataset/classes.ts";
import type { FoundLayout } from "../dataset/layouts/find_layout.ts";
import { type DuplicatePair, groupsOf, nearDuplicates } from "../dataset/duplicates.ts";
import type { LoadedCase, RefusedFile } from "../dataset/load.ts";
import { type CaseFacts, factsOf } from "./case.ts";
import {
  classesOfLesions,
  findingsOfAll,
  findingsOfCase,
  findingsOfClasses,
  findingsOfCopiedMasks,
  findingsOfDepths,
  findingsOfDisagreement,
  findingsOfGroups,
  type Found,
} from "./findings.ts";
import {
  type DuplicateGroup,
  type Finding,
  type FindingCase,
  type FindingKind,
  FINDINGS,
  type Inspection,
} from "./inspection.ts";
import { classCounts, distributionOf, lesionStatistics, modeCounts } from "./statistics.ts";

/** The folder and the rules of an examination. */
export interface ExaminedFolder {
  readonly folder: string;
  /** The pairing of images and masks by name. */
  readonly pairing: FoundLayout;
  /** Whether an image without a mask is an error or shows no lesion. */
  readonly missingMasks: "error" | "empty";
}

/** Collects the facts of images, one after the other. */
export class Examiner {
  readonly #cases: CaseFacts[] = [];
  readonly #found: (readonly [FindingKind, FindingCase])[] = [];
  #nearDuplicates: DuplicatePair[] | undefined;

  /** Adds an image with its masks; only facts are kept. */
  async see(seen: LoadedCase): Promise<void> {
    this.#cases.push(await factsOf(seen));
    this.#nearDuplicates = undefined;
  }

  /** Adds a file that could not be read, or a mask that could not be interpreted. */
  refused(kind: RefusedFile["kind"], file: string, reason: string | Sentence): void {
    this.#found.push([kind, { files: [file], words: reason }]);
  }

  /** The pairs of near duplicates among the images so far. */
  nearDuplicates(): readonly DuplicatePair[] {
    return this.#nearDuplicates ??= nearDuplicates(
      new Map(this.#cases.map(({ image, fingerprint }) => [image, fingerprint])),
    );
  }

  /** The result for all images so far. */
  inspection({ folder, pairing, missingMasks }: ExaminedFolder): Inspection {
    const cases = this.#cases.toSorted((a, b) => a.image < b.image ? -1 : 1);
    const classes = classesOf(cases.map(({ image }) => image));
    const counts = classCounts(cases, classes);
    const ofLesions = classesOfLesions(counts);
    const groups = this.#groups(cases, classes);
    const found: Found = [
      ...findingsOfPairing(pairing, missingMasks),
      ...this.#found,
      ...cases.flatMap((facts) =>
        findingsOfCase(facts, ofLesions.has(classes.get(facts.image) ?? ""))
      ),
      ...findingsOfCopiedMasks(cases, groups),
      ...findingsOfGroups(groups),
      ...findingsOfDisagreement(cases, this.nearDuplicates()),
      ...findingsOfDepths(cases),
      ...findingsOfClasses(counts),
      ...findingsOfAll(cases),
    ];
    return {
      format: 1,
      folder: folder || ".",
      layout: pairing.words,
      mask_folders: pairing.layout.masks,
      mask_pattern: pairing.layout.maskPattern,
      images: cases.length,
      masks: cases.reduce((sum, { masks }) => sum + masks.length, 0),
      modes: modeCounts(cases),
      width_px: distributionOf(cases.map(({ width }) => width)),
      height_px: distributionOf(cases.map(({ height }) => height)),
      classes: counts,
      lesions: lesionStatistics(cases),
      duplicate_groups: groups,
      findings: sorted(found),
    };
  }

  #groups(cases: readonly CaseFacts[], classes: ReadonlyMap<string, string>): DuplicateGroup[] {
    const hashes = new Map(cases.map(({ image, hash }) => [image, hash]));
    const duplicates = this.nearDuplicates();
    return groupsOf(duplicates).map((images) => {
      const inside = new Set(images);
      const own = duplicates.filter(({ a }) => inside.has(a));
      return {
        images,
        exact: new Set(images.map((image) => hashes.get(image))).size === 1,
        correlation: Number(smallest(own.map(({ correlation }) => correlation)).toFixed(4)),
        classes: [...new Set(images.flatMap((image) => classes.get(image) ?? []))].sort(),
      };
    }).sort((a, b) => b.images.length - a.images.length || (a.images[0] < b.images[0] ? -1 : 1));
  }
}

function findingsOfPairing(
  { unmasked, lookalikes, orphans, ambiguous, others }: FoundLayout,
  missingMasks: "error" | "empty",
): Found {
  const each = (kind: FindingKind, files: readonly string[]): Found =>
    files.map((file) => [kind, { files: [file], words: "" }]);
  return [
    ...(missingMasks === "error" ? each("unmasked", unmasked) : []),
    ...each("lookalike", lookalikes),
    ...each("orphan", orphans),
    ...others.map(({ kind, files }) => ["other_masks", { files, words: kind }] as const),
    ...ambiguous.map(({ mask, images }) =>
      ["ambiguous", { files: [mask], words: images.join(" or ") }] as const
    ),
  ];
}

/** Sorts by kind, in the order of the report; findings of one kind keep their order. */
function sorted(found: Found): Finding[] {
  return (Object.keys(FINDINGS) as FindingKind[]).flatMap((kind) => {
    const cases = found.filter(([one]) => one === kind).map(([, finding]) => finding);
    const [severity, title] = FINDINGS[kind];
    return cases.length === 0 ? [] : [{ kind, severity, title, cases }];
  });
}
