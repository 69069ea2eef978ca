import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { CONFIG_FIELDS, CONFIG_KEYS, DEFAULT_CONFIG } from "../../lib/train/config.ts";
import { newConfig, resumedConfig } from "../../lib/train/resolve_config.ts";
import { historyOf } from "../support/history.ts";

const RUN = {
  name: "a",
  config: { ...DEFAULT_CONFIG, epochs: 5 },
  progress: { epoch: 5, history: [] },
};

Deno.test("newConfig() puts what is given over the defaults, and checks it", () => {
  assertEquals(newConfig({ epochs: 3 }), { ...DEFAULT_CONFIG, epochs: 3 });
  assertEquals(newConfig({ epochs: 3 }, RUN.config).seed, DEFAULT_CONFIG.seed);
  assertThrows(() => newConfig({ epochs: 0 }), InputError, "epochs is 0");
  const folds = { trainFraction: 0.5, folds: 2, fold: 1 };
  assertThrows(() => newConfig(folds), InputError, "trainFraction has no say beside folds");
});

Deno.test("newConfig() says how many groups a group norm has, and drops those of another norm", () => {
  const group = newConfig({ norm: "group" });
  assertEquals(group, { ...DEFAULT_CONFIG, norm: "group", normGroups: 8 });
  assertEquals(newConfig({}, { ...group, normGroups: 3 }).normGroups, 3);
  assertEquals(newConfig({ norm: "instance" }, group).normGroups, null);
  const both = { norm: "instance", normGroups: 3 } as const;
  assertThrows(() => newConfig(both, group), InputError, "normGroups has no say with norm");
});

Deno.test("resumedConfig() lets only resumable fields change: the epochs, and the patience", () => {
  const resumable = CONFIG_KEYS.filter((key) => CONFIG_FIELDS[key].resumable);
  assertEquals(resumable, ["epochs", "patience"]);
  for (const key of CONFIG_KEYS) {
    const value = typeof RUN.config[key] === "number" ? Number(RUN.config[key]) + 1 : "other";
    if (CONFIG_FIELDS[key].resumable) continue;
    const error = assertThrows(() => resumedConfig({ [key]: value }, RUN), InputError);
    // The two sides are one setting.
    const setting = key === "width" || key === "height" ? "size" : key;
    assertEquals((error as InputError).field, setting);
    assertEquals(error.message.includes("begin a new run with weights runs/a/last"), true);
  }
  assertEquals(resumedConfig({ epochs: 9, seed: 0 }, RUN), { ...RUN.config, epochs: 9 });
});

Deno.test("resumedConfig() refuses when there is nothing to do, but for a test that is owed", () => {
  assertThrows(() => resumedConfig({}, RUN), InputError, "there is nothing to do");
  assertThrows(
    () => resumedConfig({ epochs: 4 }, { ...RUN, owesTest: true }),
    InputError,
    "epochs",
  );
  assertEquals(resumedConfig({}, { ...RUN, owesTest: true }), RUN.config);
});

Deno.test("resumedConfig() lets a run that ended early go on with more patience", () => {
  // The first epoch of three is the best.
  const early = {
    ...RUN,
    config: { ...RUN.config, patience: 2 },
    progress: { epoch: 3, history: historyOf([0.5, 0.4, 0.4]) },
  };
  const error = assertThrows(() => resumedConfig({ epochs: 9 }, early), InputError);
  assertStringIncludes(error.message, "none of the last 2 was better than epoch 1");
  assertStringIncludes(error.message, "larger number with patience");
  assertEquals(resumedConfig({ patience: 3 }, early).patience, 3);
  assertEquals(resumedConfig({}, { ...early, owesTest: true }), early.config);
});
