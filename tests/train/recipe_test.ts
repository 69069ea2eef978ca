/** The settings of a recipe: what they say, and what is refused. */
import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { DEFAULT_LOSS } from "../../lib/plan/losses.ts";
import { DEFAULT_CONFIG } from "../../lib/train/config.ts";
import { parseLoss } from "../../lib/train/loss_text.ts";
import { type Recipe, trainingOptionsOf } from "../../lib/train/recipe_fields.ts";
import { newConfig, resumedConfig } from "../../lib/train/resolve_config.ts";

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
    "0*bce": "a factor is from 0.000001 to 1000",
    "1e400*bce": "a factor is from 0.000001 to 1000",
    "tversky(alpha=1e39)": "alpha is from 0 to 1000",
    "tversky(alpha=-0.1)": "alpha is from 0 to 1000",
    "focal(alpha=1.5)": "alpha is from 0 to 1",
    "tversky(alpha=1,alpha=2)": `"tversky(alpha=1,alpha=2)" is no term`,
    "boundary(side=4)": "side is an odd number from 1 to 255",
    "boundary(side=2.5)": "side is an odd number from 1 to 255",
    "boundary(side=257)": "side is an odd number from 1 to 255",
    "boundary(side=-1)": "side is an odd number from 1 to 255",
    "boundary+boundary:image": "boundary occurs twice",
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

Deno.test("a text of any length is refused in one short sentence", () => {
  for (const text of ["bce+".repeat(250_000), "a".repeat(1_000_000), "bce+".repeat(2000)]) {
    const { message } = assertThrows(() => newConfig({ loss: text }), InputError);
    assertEquals(message.length < 1000, true, `${message.length} characters`);
  }
});

Deno.test("the text of a run has every parameter of its loss", () => {
  const { loss } = newConfig({ loss: "2*tversky:image(beta=0.6) + boundary" });
  assertEquals(loss, "2*tversky:image(alpha=0.3,beta=0.6)+boundary(lambda=5,side=31)");
  assertEquals(parseLoss(loss)[1].parameters, { lambda: 5, side: 31 });
  assertEquals(newConfig({ loss }).loss, loss);
  assertEquals(newConfig({}).loss, "bce+dice");
});

Deno.test("a resumed run takes the texts that it began with", () => {
  const given = { loss: "focal + dice", augment: "light" };
  const config = newConfig({ ...given, epochs: 2 });
  const run = { name: "a", config, progress: { epoch: 1, history: [] } };
  assertEquals(resumedConfig(given, run), config);
  const changed = () => resumedConfig({ augment: "strong" }, run);
  assertThrows(changed, InputError, "augment cannot change when a run is resumed");
});

Deno.test("numbers that float32 cannot hold are refused, and no numbers", () => {
  const cases: Record<string, (keyof Recipe)[]> = {
    "1e+39": ["weightDecay", "clipNorm", "warmupEpochs", "scheduleEpochs", "momentum", "ema"],
    "1e-39": ["clipNorm", "scheduleEpochs"],
    "NaN": ["momentum", "weightDecay", "warmupEpochs", "finalRate", "clipNorm", "learningRate"],
    "Infinity": ["weightDecay", "warmupEpochs", "learningRate", "lesionFreeShare"],
  };
  for (const [value, names] of Object.entries(cases)) {
    for (const name of names) {
      const given = { optimizer: "sgd", schedule: "cosine", [name]: Number(value) } as const;
      assertThrows(() => newConfig(given), InputError, `${name} is ${value}; expected`);
    }
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
  assertEquals(trainingOptionsOf(newConfig({ accumulate: 3 })).accumulate, 3);
});
