import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { spelled } from "../../lib/cli/options/flags.ts";
import { InputError } from "../../lib/core/errors.ts";
import type { PartShares } from "../../lib/dataset/part_shares.ts";
import {
  checkConfig,
  configFromJson,
  configToJson,
  DEFAULT_CONFIG,
} from "../../lib/train/config.ts";
import { newConfig, resumedConfig } from "../../lib/train/resolve_config.ts";

/** The shares [training, validation, test] of a new run. */
const sharesOf = (given: Partial<PartShares>, defaults = DEFAULT_CONFIG) => {
  const { trainFraction, validationFraction, testFraction } = newConfig(given, defaults);
  return [trainFraction, validationFraction, testFraction];
};
const given = (...[trainFraction, validationFraction, testFraction]: (number | undefined)[]) => ({
  ...(trainFraction !== undefined && { trainFraction }),
  ...(validationFraction !== undefined && { validationFraction }),
  ...(testFraction !== undefined && { testFraction }),
});

Deno.test("a share that is not given takes what the others leave", () => {
  assertEquals(sharesOf({}), [0.8, null, null]);
  assertEquals(sharesOf(given(0.7)), [0.7, null, null]);
  assertEquals(sharesOf(given(undefined, 0.1)), [0.9, 0.1, null]);
  assertEquals(sharesOf(given(undefined, undefined, 0.1)), [0.8, 0.1, 0.1]);
  assertEquals(sharesOf(given(undefined, 0.15, 0.15)), [0.7, 0.15, 0.15]);
  assertEquals(sharesOf(given(0.6, 0.2)), [0.6, 0.2, 0.2]);
  assertEquals(sharesOf(given(0.6, undefined, 0.3)), [0.6, 0.1, 0.3]);
  assertEquals(sharesOf(given(0.6, 0.4)), [0.6, 0.4, null]);
  assertEquals(sharesOf(given(0.5, 0.3, 0.2)), [0.5, 0.3, 0.2]);
});

Deno.test("the shares of a saved configuration stay when a run is resumed", () => {
  for (const asked of [given(undefined, 0.1), given(0.6, 0.2), given(0.33, 0.33, 0.34)]) {
    const config = newConfig(asked);
    const run = { name: "a", config, progress: { epoch: 1, history: [] } };
    assertEquals(resumedConfig({}, run), config);
    assertEquals(resumedConfig(asked, run), config);
  }
  const { validation_fraction: _, test_fraction: __, ...old } = configToJson(DEFAULT_CONFIG);
  assertEquals(configFromJson(old, "old.json"), DEFAULT_CONFIG);
});

Deno.test("shares that contradict each other are refused in one sentence", () => {
  const refused: [Parameters<typeof newConfig>[0], string][] = [
    [
      given(0.8, 0.2, 0.2),
      "--train-fraction 0.8, --validation-fraction 0.2 and --test-fraction 0.2 add up to 1.2; " +
      "expected 1: leave one out, and its part takes what the others leave",
    ],
    [given(0.5, 0.2, 0.2), "add up to 0.9"],
    [
      given(0.9, 0.2),
      "--train-fraction 0.9 and --validation-fraction 0.2 add up to 1.1; expected 1",
    ],
    [
      given(undefined, undefined, 0.2),
      "--train-fraction 0.8 and --test-fraction 0.2 leave no image to validate on; expected a " +
      "sum below 1; give --validation-fraction as well, and training takes the rest",
    ],
    [
      given(undefined, 0.5, 0.5),
      "--validation-fraction 0.5 and --test-fraction 0.5 leave no image to train on; expected a " +
      "sum below 1",
    ],
    [given(undefined, undefined, 2), "--test-fraction is 2; expected a number above 0 and below 1"],
    [given(undefined, 0), "--validation-fraction is 0; expected a number above 0 and below 1"],
    [
      { ...given(undefined, undefined, 0.1), folds: 5, fold: 1 },
      "--test-fraction has no say beside --folds; leave one of them out",
    ],
    [
      { ...given(undefined, 0.1), split: "mine.json" },
      "--validation-fraction has no say beside --split mine.json; leave one of them out",
    ],
  ];
  for (const [asked, words] of refused) {
    const error = assertThrows(() => newConfig(asked), InputError) as InputError;
    assertStringIncludes(spelled(error.sentence), words);
  }
  const half = { ...DEFAULT_CONFIG, testFraction: 0.1 };
  assertThrows(() => checkConfig(half), InputError, "add up to 0.9");
});
