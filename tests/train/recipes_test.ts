/** The named recipes: what they set, what wins over them, and what a run has changed of them. */
import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { configFromJson, configToJson, DEFAULT_CONFIG } from "../../lib/train/config.ts";
import { RECIPES } from "../../lib/train/recipes.ts";
import { RECIPE_NAMES } from "../../lib/train/recipe_fields.ts";
import { changesOf, newConfig } from "../../lib/train/resolve_config.ts";

Deno.test("the default recipe is the tutorial's, which sets nothing", () => {
  assertEquals(newConfig({}), DEFAULT_CONFIG);
  assertEquals(newConfig({ recipe: "tutorial" }), DEFAULT_CONFIG);
  assertEquals(changesOf(newConfig({})), []);
});

Deno.test("fast is what was measured, and what is given beside it wins", () => {
  const { width, height, baseChannels, batch, epochs, loss, keep } = newConfig({ recipe: "fast" });
  assertEquals([width, height, baseChannels, batch, epochs], [64, 64, 8, 4, 40]);
  assertEquals([loss, keep], ["bce+dice:image", "last"]);
  const given = newConfig({ recipe: "fast", epochs: 60, keep: "best", images: "a", seed: 3 });
  // The schedule follows the epochs, and what chooses the images belongs to no recipe.
  assertEquals(given.scheduleEpochs, 60);
  assertEquals(changesOf(given), [
    { name: "epochs", value: 60, inRecipe: 40 },
    { name: "keep", value: "best", inRecipe: "last" },
  ]);
});

Deno.test("every recipe is valid, and is stored with its name and all its settings", () => {
  for (const recipe of RECIPE_NAMES) {
    const config = newConfig({ recipe });
    assertEquals(configFromJson(configToJson(config), "config.json"), config);
    assertEquals(config.recipe, recipe);
    assertEquals(changesOf(config), []);
    assertEquals(config.ensembleThreshold < 0.5, RECIPES[recipe].members > 1, recipe);
  }
});

Deno.test("a recipe that does not exist is refused with those that do", () => {
  const recipe = "slow" as "fast";
  assertThrows(
    () => newConfig({ recipe }),
    InputError,
    "expected tutorial, fast, best or best-gpu",
  );
});
