/**
 * Groups of images that must stay in one part of a split: near duplicates, and images of one
 * patient.
 *
 * @module
 */

/** Disjoint lists of at least two images. The lists and their items are sorted. */
export type Groups = readonly (readonly string[])[];

/** The patient of each image, where known. */
export type Patients = ReadonlyMap<string, string>;

/** Joins groups that share an image (union-find). */
export function joinGroups(groups: Groups): string[][] {
  const parents = new Map<string, string>();
  const root = (image: string): string => {
    let top = image;
    for (let next = parents.get(top); next !== undefined; next = parents.get(top)) top = next;
    if (top !== image) parents.set(image, top);
    return top;
  };
  for (const group of groups) {
    for (const image of group) {
      const [a, b] = [root(group[0]), root(image)];
      if (a !== b) parents.set(b, a);
    }
  }
  const joined = new Map<string, Set<string>>();
  for (const image of groups.flat()) {
    const top = root(image);
    joined.set(top, (joined.get(top) ?? new Set()).add(image));
  }
  return [...joined.values()]
    .filter(({ size }) => size > 1)
    .map((images) => [...images].sort())
    .sort(([a], [b]) => a < b ? -1 : 1);
}

/** The images of each patient who has more than one. */
export function groupsOfPatients(patients: Patients): string[][] {
  return [...Map.groupBy(patients, ([, patient]) => patient).values()]
    .filter(({ length }) => length > 1)
    .map((entries) => entries.map(([image]) => image));
}
