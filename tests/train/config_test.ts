import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { spelled } from "../../lib/cli/options/flags.ts";
import { InputError } from "../../lib/core/errors.ts";
import {
  batchSizes,
  checkConfig,
  configFromJson,
  configToJson,
  DEFAULT_CONFIG,
  type TrainingConfig,
} from "../../lib/train/config.ts";

Deno.test("DEFAULT_CONFIG is the tutorial's, but for the split", () => {
  assertEquals(configToJson(DEFAULT_CONFIG), {
    images: ".",
    masks: null,
    mask_pattern: null,
    missing_masks: "refuse",
    mask_threshold: null,
    mask_class: null,
    limit: null,
    split: "grouped",
    groups: null,
    group_pattern: null,
    folds: null,
    fold: null,
    train_fraction: 0.8,
    validation_fraction: null,
    test_fraction: null,
    seed: 0,
    split_seed: null,
    width: 512,
    height: 512,
    fit: "squash",
    mean: 0.485,
    std: 0.229,
    base: 64,
    bilinear: false,
    blocks: "plain",
    attention: false,
    deep_supervision: false,
    levels: 4,
    width_cap: null,
    norm: "batch",
    norm_groups: null,
    dropout: 0,
    dropout_kind: "channels",
    epochs: 40,
    batch: 4,
    recipe: "tutorial",
    keep: "best",
    ensemble_threshold: 0.5,
    augment: "none",
    lesion_free_share: null,
    loss: "bce+dice",
    optimizer: "adam",
    accumulate: 1,
    learning_rate: 0.001,
    momentum: null,
    weight_decay: null,
    schedule: "constant",
    schedule_epochs: null,
    warmup_epochs: 0,
    final_rate: 0.01,
    clip_norm: null,
    precision: "float32",
    ema: null,
    patience: null,
  });
  checkConfig(DEFAULT_CONFIG);
});

Deno.test("checkConfig() refuses each bad value under its option's name", () => {
  const cases: [Partial<Record<keyof TrainingConfig, unknown>>, string][] = [
    [{ batch: 0 }, "--batch is 0"],
    [{ batch: 2.5 }, "--batch is 2.5"],
    [{ blocks: "round" }, `--blocks is "round"; expected plain or residual`],
    [{ blocks: "residual", baseChannels: 1 }, "--blocks residual needs more channels"],
    [{ levels: 7 }, "--levels is 7"],
    [{ levels: 6, width: 63 }, "--levels 6 halves the image to nothing at 63x512"],
    [{ widthCap: 63 }, "--width-cap is 63, less than the 64 channels of the first level"],
    [{ learningRate: -1 }, "--lr is -1"],
    [{ learningRate: 0 }, "--lr is 0"],
    [{ learningRate: NaN }, "--lr is NaN"],
    [{ learningRate: Infinity }, "--lr is Infinity"],
    [{ ema: 1 }, "--ema is 1"],
    [{ ema: 0 }, "--ema is 0"],
    [{ patience: 0 }, "--patience is 0"],
    [{ width: 15 }, "--size (width) is 15"],
    [{ height: 8 }, "--size (height) is 8"],
    [{ baseChannels: 0 }, "--base-channels is 0"],
    [{ epochs: 0 }, "--epochs is 0"],
    [{ trainFraction: 0 }, "--train-fraction is 0"],
    [{ trainFraction: 1.5 }, "--train-fraction is 1.5"],
    [{ seed: -1 }, "--seed is -1; expected a whole number from 0"],
    [{ seed: 2 ** 53 }, "--seed is 9007199254740992"],
    [{ std: 0 }, "--std is 0"],
    [{ mean: NaN }, "--mean is NaN"],
    [{ maskPattern: "" }, '--mask-pattern is ""'],
    [{ maskPattern: "a/b" }, '--mask-pattern is "a/b"'],
    [{ maskPattern: ["a/b"] }, '--mask-pattern is "a/b"'],
    [{ maskPattern: ["*_*_*_*"] }, '--mask-pattern is "*_*_*_*"'],
    [{ masks: ["a=b=c"] }, '--masks is "a=b=c"; expected a folder like masks'],
    [{ missingMasks: "maybe" }, '--missing-masks is "maybe"'],
    [{ missingMasks: "refuse" }, "expected error or empty"],
    [{ maxImages: 0 }, "--max-images is 0"],
    [{ bilinear: "yes" }, '--bilinear is "yes"'],
    [{ norm: "layer" }, '--norm is "layer"'],
    [{ norm: "instance", normGroups: 4 }, "--norm-groups has no say with --norm instance"],
    [{ dropout: 1 }, "--dropout is 1"],
    [{ dropoutKind: "pixels" }, '--dropout-kind is "pixels"'],
    [{ dropoutKind: "elements" }, "--dropout-kind elements has no say without --dropout"],
    [{ images: "" }, '--images is ""'],
    [{ split: "" }, '--split is ""'],
    [{ patients: "" }, '--patients is ""'],
    [{ patientPattern: 3 }, "--patient-pattern is 3"],
    [{ folds: 1, fold: 1 }, "--folds is 1"],
    [{ folds: 5, fold: 6 }, "--fold is 6; expected a whole number from 1 to 5"],
    [{ folds: 5 }, "--folds needs --fold"],
    [{ fold: 1 }, "--fold needs --folds"],
    [{ patients: "a.csv", patientPattern: "a" }, "give one"],
    [{ split: "random", patientPattern: "a" }, "leave --patient-pattern out"],
    [{ split: "mine.json", folds: 2, fold: 1 }, "leave --folds and --fold out"],
    [{ split: "mine.json", maxImages: 3 }, "leave --max-images out"],
  ];
  for (const [change, message] of cases) {
    const config = { ...DEFAULT_CONFIG, ...change } as TrainingConfig;
    const error = assertThrows(() => checkConfig(config), InputError);
    assertStringIncludes(spelled((error as InputError).sentence), message);
    // A library user sees the fields instead.
    assert(!error.message.includes("--"), error.message);
    assert(
      Object.keys(change).concat("fold").includes((error as InputError).field!),
      error.message,
    );
  }
});

Deno.test("configFromJson() reads back what configToJson() wrote", () => {
  const config = { ...DEFAULT_CONFIG, seed: 7, maxImages: 12, learningRate: 0.1 + 0.2 };
  assertEquals(configFromJson(JSON.parse(JSON.stringify(configToJson(config))), "x"), config);
});

Deno.test("configFromJson() takes files from before the split could be chosen as random splits", () => {
  const { split: _, groups: __, group_pattern: ___, folds: ____, fold: _____, ...before } =
    configToJson(DEFAULT_CONFIG);
  assertEquals(configFromJson(before, "x"), { ...DEFAULT_CONFIG, split: "random" });
});

Deno.test("configFromJson() takes files from before folders of masks could be told", () => {
  const { masks: _, ...others } = configToJson(DEFAULT_CONFIG);
  const before = { ...others, mask_pattern: "_mask" };
  assertEquals(configFromJson(before, "x"), { ...DEFAULT_CONFIG, maskPattern: ["_mask"] });
});

Deno.test("configFromJson() takes files from before a step could take several batches", () => {
  const { accumulate: _, ...before } = configToJson(DEFAULT_CONFIG);
  assertEquals(configFromJson(before, "x").accumulate, 1);
});

Deno.test("files call a missing mask's error refuse, as they always did, and may say error, too", () => {
  const good = configToJson(DEFAULT_CONFIG);
  for (const missing_masks of ["refuse", "error"]) {
    assertEquals(configFromJson({ ...good, missing_masks }, "x").missingMasks, "error");
  }
  assertEquals(configFromJson({ ...good, missing_masks: "empty" }, "x").missingMasks, "empty");
});

Deno.test("configFromJson() refuses unknown, missing and wrong values by name", () => {
  const good = configToJson(DEFAULT_CONFIG);
  const { batch: _, ...without } = good;
  const cases: [unknown, string][] = [
    [{ ...good, bacth: 4 }, 'unknown key "bacth"'],
    [{ ...good, __proto__x: 4 }, 'unknown key "__proto__x"'],
    [JSON.parse('{"__proto__": 1}'), 'has no "images"'],
    [without, 'has no "batch"'],
    [{ ...good, batch: "4" }, 'batch is "4"'],
    [[], "expected a JSON object"],
    [null, "expected a JSON object"],
    ["", "expected a JSON object"],
  ];
  for (const [json, message] of cases) {
    const error = assertThrows(() => configFromJson(json, "run/config.json"), InputError, message);
    assertEquals(error.message.startsWith("run/config.json"), true);
  }
});

Deno.test("batchSizes() lists the sizes that occur", () => {
  assertEquals(batchSizes(12, 4), [4]);
  assertEquals(batchSizes(13, 4), [4, 1]);
  assertEquals(batchSizes(3, 4), [3]);
  assertEquals(batchSizes(0, 4), []);
});
