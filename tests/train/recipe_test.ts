/** The settings of a recipe: what they say, and what is refused. */
import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { DEFAULT_LOSS } from "../../lib/plan/losses.ts";
import { DEFAULT_CONFIG } from "../../lib/train/config.ts";
import { parseLoss } from "../../lib/train/loss_text.ts";
import { type Recipe, trainingOptionsOf } from "../../lib/train/recipe_fields.ts";
import { newConfig } from "../../lib/train/resolve_config.ts";

Deno.test("a loss is read from its text", () => {
  assertEquals(parseLoss("bce+dice"), DEFAULT_LOSS);
  assertEquals(parseLoss("0.5*bce + dice:image"), [
    { kind: "bce", weight: 0.5 },
    { kind: "dice", weight: 1, per: "image" },
  ]);
  assertEquals(parseLoss("2*focal_tversky:image(alpha=0.4,exponent=1e-1)+dice+dice:image"), [
    {
      kind: "focal_tversky",
      weight: 2,
      per: "image",
      parameters: { alpha: 0.4, exponent: 0.1 },
    },
    { kind: "dice", weight: 1 },
    { kind: "dice", weight: 1, per: "image" },
  ]);
});

Deno.test("a text that is no loss is refused with the reason", () => {
  const cases: Record<string, string> = {
    "": `"" is no term`,
    "bce+": `"" is no term`,
    "bce-dice": `"bce-dice" is no term`,
    "BCE": `"BCE" is no term`,
    "constructor": `"constructor" is no term`,
    "0*bce": "a factor is above 0",
    "bce:image": "bce has no :image",
    "dice+dice": "a term occurs twice",
    "tversky(gamma=1)": "tversky has no parameter gamma, but alpha, beta",
    "dice(alpha=1)": "dice has no parameter alpha;",
    "bce+dice+focal+jaccard+tversky": "there are at most 4 terms",
  };
  for (const [text, why] of Object.entries(cases)) {
    const { message } = assertThrows(() => parseLoss(text), InputError);
    assertEquals(message.includes(`loss is "${text}": ${why}`), true, message);
    assertThrows(() => newConfig({ loss: text }), InputError, text === "" ? "loss is" : why);
  }
});

Deno.test("settings that have no say are refused", () => {
  const cases: [Partial<Recipe>, string][] = [
    [{ momentum: 0.9 }, "momentum has no say with optimizer adam"],
    [{ weightDecay: 0.1 }, "weightDecay has no say with optimizer adam"],
    [{ optimizer: "adamw", momentum: 0.9 }, "momentum has no say with optimizer adamw"],
    [{ scheduleEpochs: 3 }, "scheduleEpochs has no say with schedule constant"],
    [{ schedule: "cosine", scheduleEpochs: 3, warmupEpochs: 4 }, "warmupEpochs is 4, longer than"],
  ];
  for (const [given, words] of cases) {
    assertThrows(() => newConfig(given), InputError, words);
  }
});

Deno.test("a recipe gives plans their loss, optimiser and limit", () => {
  const { loss, ...defaults } = trainingOptionsOf(DEFAULT_CONFIG);
  assertEquals(loss, DEFAULT_LOSS);
  assertEquals(defaults, { optimizer: { rule: "adam", hyper: {} }, seed: DEFAULT_CONFIG.seed });
  const config = newConfig({ optimizer: "sgd", momentum: 0.99, weightDecay: 3e-5, clipNorm: 12 });
  const { optimizer, clipNorm } = trainingOptionsOf(config);
  assertEquals(optimizer, { rule: "sgd", hyper: { momentum: 0.99, weightDecay: 3e-5 } });
  assertEquals(clipNorm, 12);
});
