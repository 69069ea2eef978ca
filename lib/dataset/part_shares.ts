/**
 * The shares of the parts of a split: training, validation, test. They add up to 1, so a share that
 * is not given follows from the others.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { checkFields } from "../core/fields.ts";
import { type Sentence, sentence, setting } from "../core/sentence.ts";
import { isSplitFile, SELECTION_FIELDS, type SelectionConfig } from "./selection_fields.ts";

/** The fields of the shares. */
const SHARE_FIELDS = {
  trainFraction: SELECTION_FIELDS.trainFraction,
  validationFraction: SELECTION_FIELDS.validationFraction,
  testFraction: SELECTION_FIELDS.testFraction,
};

/** The shares of the parts; `null` where there is no share of its own. */
export type PartShares = Pick<SelectionConfig, keyof typeof SHARE_FIELDS>;

/** The largest difference from 1 that a sum of written decimals may have. */
const ROUNDING = 1e-9;

/**
 * Completes the shares. Without a validation and a test share, validation takes what training
 * leaves, and both stay `null`. Otherwise the share that is not given takes what the others leave:
 * the training share if it is not given, else the validation share, else the test share.
 *
 * @param given What the user asks for.
 * @param all The same over the defaults.
 * @throws {InputError} if a share is out of bounds, or if shares leave nothing for the part.
 */
export function completeShares(
  { trainFraction: givenTrain }: Partial<PartShares>,
  all: PartShares,
): PartShares {
  const { trainFraction, validationFraction, testFraction } = all;
  const shares = { trainFraction, validationFraction, testFraction };
  checkFields(SHARE_FIELDS, shares);
  if (validationFraction === null && testFraction === null) return shares;
  if (validationFraction === null) {
    const left = rest(trainFraction, testFraction);
    if (left > 0) return { ...shares, validationFraction: left };
    const remedy = givenTrain === undefined
      ? sentence`; give ${setting("validationFraction")} as well, and training takes the rest`
      : "";
    throw new InputError(sentence`${leavesNone("trainFraction", shares, "validate")}${remedy}`);
  }
  if (addUp(shares)) return shares;
  if (givenTrain === undefined) {
    const left = rest(validationFraction, testFraction);
    if (left > 0) return { ...shares, trainFraction: left };
    throw new InputError(leavesNone("validationFraction", shares, "train"));
  }
  const left = rest(trainFraction, validationFraction);
  return testFraction === null && left > 0 ? { ...shares, testFraction: left } : shares;
}

/**
 * Checks the shares of a configuration. Throws {@linkcode InputError} if they do not add up to 1,
 * or if folds or a file divide the images.
 */
export function checkShares(config: SelectionConfig): void {
  const { validationFraction, testFraction } = config;
  if (validationFraction === null && testFraction === null) return;
  checkIsByShares(testFraction === null ? "validationFraction" : "testFraction", config);
  if (validationFraction !== null && addUp(config)) return;
  const [train, validation, test] = Object.keys(SHARE_FIELDS).map((name) => {
    const share = config[name as keyof PartShares];
    return share === null ? undefined : setting(name, share);
  });
  const listed = validation && test
    ? sentence`${train!}, ${validation} and ${test}`
    : sentence`${train!} and ${(validation ?? test)!}`;
  throw new InputError(
    sentence`${listed} add up to ${sum(config)}; expected 1: leave one out, and its part takes what
      the others leave`,
  );
}

/** Whether shares divide the images, not folds or a file. */
export function isByShares({ folds, split }: Pick<SelectionConfig, "folds" | "split">): boolean {
  return folds === null && !isSplitFile({ split });
}

/** Throws {@linkcode InputError} about a share that is given though folds or a file divide. */
export function checkIsByShares(
  name: keyof PartShares,
  { folds, split }: Pick<SelectionConfig, "folds" | "split">,
): void {
  if (isByShares({ folds, split })) return;
  const other = folds === null ? setting("split", split) : setting("folds");
  throw new InputError(
    sentence`${setting(name)} has no say beside ${other}; leave one of them out`,
  );
}

function sum({ trainFraction, validationFraction, testFraction }: PartShares): number {
  return tidy(trainFraction + (validationFraction ?? 0) + (testFraction ?? 0));
}

function addUp(shares: PartShares): boolean {
  return Math.abs(sum(shares) - 1) < ROUNDING;
}

/** What two shares leave for the third part. */
function rest(one: number, other: number | null): number {
  return tidy(1 - one - (other ?? 0));
}

/** The sentence about a share that leaves no image to a part, beside the test share. */
function leavesNone(name: keyof PartShares, shares: PartShares, purpose: string): Sentence {
  return sentence`${setting(name, shares[name]!)} and ${
    setting("testFraction", shares.testFraction!)
  } leave no image to ${purpose} on; expected a sum below 1`;
}

/** Without the digits that binary fractions add: 0.7, not 0.7000000000000001. */
function tidy(share: number): number {
  return Number(share.toFixed(12));
}
