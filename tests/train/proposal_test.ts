import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { OutOfMemoryError } from "../../lib/core/errors.ts";
import { createCpuEngine } from "../../lib/engine/cpu/engine.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { memoryOf, planRun } from "../../lib/train/cost.ts";
import {
  diceInterval,
  MEASURED_RECIPES,
  type MeasuredRecipe,
} from "../../lib/train/measured_recipes.ts";
import {
  bestOf,
  candidatesFor,
  FEWEST_IMAGES,
  type Proposal,
  propose,
} from "../../lib/train/proposal.ts";
import { newConfig } from "../../lib/train/resolve_config.ts";

const [FAST] = MEASURED_RECIPES;
const SMALL: MeasuredRecipe = {
  ...FAST,
  name: "small",
  settings: { width: 16, height: 16, baseChannels: 1, epochs: 3, batch: 2 },
  members: 2,
};

/** An engine in which some properties are others. */
function altered(engine: Engine, other: Partial<Engine>): Engine {
  return new Proxy(engine, {
    get(target, key) {
      if (Object.hasOwn(other, key)) return Reflect.get(other, key);
      const value = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function withEngine(use: (engine: Engine) => void | Promise<void>): Promise<void> {
  const engine = await createCpuEngine({ threads: 1 });
  try {
    await use(engine);
  } finally {
    engine.close();
  }
}

Deno.test("every measured recipe is a valid configuration with a plausible result", () => {
  for (const recipe of MEASURED_RECIPES) {
    const config = newConfig(recipe.settings);
    assertEquals({ ...config, ...recipe.settings, augment: config.augment }, config);
    const [low, high] = diceInterval(recipe);
    assert(0 < low && low < recipe.dice && recipe.dice < high && high < 1, recipe.name);
    assert(recipe.cases > 0 && recipe.trainImages > 0 && recipe.members > 0, recipe.name);
  }
  const [low, high] = diceInterval({ ...FAST, dice: 0.757, standardError: 0.017 });
  assertAlmostEquals(low, 0.72368, 1e-9);
  assertAlmostEquals(high, 0.79032, 1e-9);
});

Deno.test("a candidate's work and memory are those of its plans and images", () =>
  withEngine((engine) => {
    const recipe = { ...SMALL, trainImages: 60 };
    const [{ config, flops, memoryBytes }] = candidatesFor(engine, { images: 101, masks: 90 }, [
      recipe,
    ]);
    assertEquals(config, newConfig(recipe.settings));
    const { plans, flopsPerEpoch } = planRun(config, 80, 21);
    assertEquals(flops, flopsPerEpoch * 3 * 2);
    assertEquals(memoryBytes, memoryOf(engine, plans) + 191 * 16 * 16);
  }));

Deno.test("few images get as many steps as were measured, up to ten times the epochs", () =>
  withEngine((engine) => {
    const recipe = { ...SMALL, trainImages: 400 };
    const epochs = (images: number) =>
      candidatesFor(engine, { images, masks: images }, [recipe])[0]?.config.epochs;
    assertEquals([epochs(5000), epochs(500), epochs(250), epochs(30)], [3, 3, 6, 30]);
    assertEquals([epochs(FEWEST_IMAGES), epochs(FEWEST_IMAGES - 1)], [30, undefined]);
  }));

Deno.test("a recipe that does not fit into memory is no candidate", () =>
  withEngine(async (engine) => {
    const images = { images: 40, masks: 40 };
    const larger = { ...SMALL, settings: { ...SMALL.settings, width: 64 } };
    const limits = [SMALL, larger].map(({ settings }) =>
      memoryOf(engine, planRun(newConfig(settings), 32, 8).plans)
    );
    const found = (memoryLimit: number) =>
      candidatesFor(altered(engine, { memoryLimit }), images, [larger, SMALL])
        .map(({ recipe }) => recipe);
    assertEquals(found(limits[1]), [SMALL, larger]);
    assertEquals(found(limits[1] - 1), [SMALL]);
    assertEquals(found(limits[0] - 1), []);
    assertEquals(await propose(altered(engine, { memoryLimit: 1 }), images, [SMALL]), undefined);
    const trainer = () => Promise.reject(new OutOfMemoryError("full"));
    assertEquals(await propose(altered(engine, { trainer }), images, [SMALL]), undefined);
  }));

Deno.test("short steps are timed, long ones run at the speed of those", () =>
  withEngine(async (engine) => {
    const timed: number[] = [];
    const counting = altered(engine, {
      trainer(plans, state) {
        timed.push(plans.train.length);
        return engine.trainer(plans, state);
      },
    });
    const settings = { ...SMALL.settings, width: 512, height: 512, baseChannels: 16 };
    const large = { ...SMALL, name: "large", dice: 0.9, settings: { ...settings, batch: 1 } };
    const proposal = await propose(counting, { images: 40, masks: 40 }, [large, SMALL]);
    assertEquals(timed, [1]);
    const { seconds, flops, adapter, recipe } = proposal!;
    assert(Number.isFinite(seconds) && seconds > 0 && flops > 0);
    assertEquals(adapter, engine.adapter);
    assert([large, SMALL].includes(recipe));
  }));

Deno.test("the best recipe of an hour and a half is proposed, otherwise the shortest", () => {
  const proposal = (name: string, dice: number, seconds: number) =>
    ({ recipe: { ...FAST, name, dice }, seconds }) as Proposal;
  const fast = proposal("fast", 0.75, 100);
  const best = proposal("best", 0.8, 5400);
  const long = proposal("long", 0.9, 5401);
  assertEquals(bestOf([long, fast, best]), best);
  assertEquals(bestOf([long, fast]), fast);
  assertEquals(bestOf([long, { ...long, seconds: 6000 }]), long);
  assertEquals(bestOf([]), undefined);
});
