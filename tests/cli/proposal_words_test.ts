import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inspect } from "../../lib/cli/commands/inspect.ts";
import { givenConfig } from "../../lib/cli/options/field_options.ts";
import { trainCommand } from "../../lib/cli/options/train_options.ts";
import { commandOf, describeProposal } from "../../lib/cli/words/proposal_words.ts";
import { TASK } from "../../lib/cli/words/task.ts";
import { RandomStream } from "../../lib/core/random.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import {
  DEFAULT_CONFIG,
  inspectFolder,
  MEASURED_RECIPES,
  newConfig,
  proposeRecipe,
  type TrainingConfig,
} from "../../lib/mod.ts";
import { MemoryStore } from "../support/memory_store.ts";

/** The configuration that `train` makes of a command without quotes. */
function configOf(command: string): TrainingConfig {
  assert(command.startsWith(`${TASK} train`), command);
  const words = command.slice(`${TASK} train`.length).split(" ").slice(1);
  const parsed = trainCommand().parse(["--data", "x", ...words], { from: "user" });
  return newConfig(givenConfig(parsed.opts()));
}

const [RECIPE] = MEASURED_RECIPES;

Deno.test("commandOf() gives exactly the settings, and says no defaults", () => {
  const cases: Partial<TrainingConfig>[] = [
    {},
    { ...RECIPE.settings, images: "set/a", maskPattern: ["_m", "_n"], missingMasks: "empty" },
    { width: 64, bilinear: true, fit: "pad", maskThreshold: 128 },
    { height: 96 },
    { width: 96, height: 48, learningRate: 0.01 },
  ];
  for (const settings of cases) {
    assertEquals(configOf(commandOf(settings)), newConfig(settings));
  }
  assertEquals(commandOf(DEFAULT_CONFIG), `${TASK} train`);
  assertEquals(commandOf({ images: "my set" }), `${TASK} train --images 'my set'`);
});

Deno.test("describeProposal() says recipe, time, memory, Dice with its interval, and the command", () => {
  const recipe = { ...RECIPE, name: "fast", dice: 0.757, standardError: 0.017, cases: 181 };
  const proposal = {
    recipe: { ...recipe, settings: { ...recipe.settings, width: 64, height: 48, baseChannels: 8 } },
    config: newConfig({ ...recipe.settings, width: 64, height: 48, baseChannels: 8, epochs: 55 }),
    flopsPerStep: 1e9,
    flops: 1e12,
    memoryBytes: 2 ** 24,
    seconds: 118,
    adapter: "2 threads",
  };
  const given = { images: "mine" };
  const [first, second, third, ...more] = describeProposal(proposal, given).split("\n");
  assertEquals(first, "to begin with, recipe fast: 64x48 px, base 8, batch 4, 55 epochs");
  assertEquals(
    second,
    "  about 2 minutes here (2 threads), 16 MiB; Dice 0.76 (0.72 to 0.79) on 181 images of BUSI; " +
      "other images differ",
  );
  assertEquals(configOf(third.trim()), { ...proposal.config, images: "mine" });
  assertEquals(more, []);
  const time = (seconds: number) =>
    /about (.*) here/.exec(describeProposal({ ...proposal, seconds }, {}))![1];
  assertEquals([0.2, 59.5, 60, 5000, 8000].map(time), [
    "1 second",
    "60 seconds",
    "1 minute",
    "83 minutes",
    "2 h 13 min",
  ]);
});

Deno.test("inspect proposes how to train, unless train would refuse the images", async () => {
  const store = new MemoryStore();
  const random = new RandomStream(0, "images");
  const grey = (level: (x: number, y: number) => number) => {
    const pixels = Uint8Array.from(
      { length: 32 * 32 },
      (_, i) => level(i % 32, Math.floor(i / 32)),
    );
    return encodeGrey({ width: 32, height: 32, pixels });
  };
  // Nothing is found in them that would be drawn.
  for (let index = 0; index < 20; index++) {
    const isInside = (x: number, y: number) => x > 3 && x < 9 + index && y > 3 && y < 28;
    await store.writeFile(`set/${index}.png`, grey(() => random.bits32() & 63));
    await store.writeFile(`set/${index}_mask.png`, grey((x, y) => isInside(x, y) ? 255 : 0));
  }
  const said: string[] = [];
  const say = {
    terminal: false,
    columns: () => 80,
    write: (text: string) => said.push(text),
    line: (text = "") => said.push(text),
    block: (text: string) => said.push(text),
  };
  await inspect({ data: store, within: "set", missingMasks: "empty", out: "inspect" }, say);
  const proposal = said.at(-1)!;
  assertStringIncludes(proposal, `recipe ${RECIPE.name}`);
  const { images, missingMasks } = configOf(proposal.slice(proposal.indexOf(TASK)));
  assertEquals([images, missingMasks], ["set", "empty"]);
  assert(!new TextDecoder().decode(store.files.get("inspect/inspect.json")).includes("recipe"));

  const inspection = await inspectFolder(store, { within: "set", missingMasks: "error" });
  const refused = { kind: "orphan", severity: "error", title: "", cases: [] } as const;
  for (const other of [{ findings: [refused] }, { lesions: null }, { images: 19 }]) {
    assertEquals(await proposeRecipe({ ...inspection, ...other }), undefined);
  }
});
