import { assertEquals } from "@std/assert";
import { spell } from "../../lib/cli/options/flags.ts";
import { trainingCommand } from "../../lib/run/training_command.ts";
import { newConfig } from "../../lib/train/resolve_config.ts";

Deno.test("trainingCommand() names what differs from the recipe, quoted for a shell", () => {
  const typed = (given: Parameters<typeof newConfig>[0], weights?: string) =>
    trainingCommand("a run", newConfig(given), weights).spelled(spell);
  const begin = "deno task train --name 'a run'";
  assertEquals(typed({}), begin);
  assertEquals(typed({ recipe: "fast" }), `${begin} --recipe fast`);
  assertEquals(
    typed({ recipe: "fast", width: 128, height: 96, seed: 2, attention: true, epochs: 7 }),
    `${begin} --recipe fast --seed 2 --size 128x96 --attention --epochs 7`,
  );
  assertEquals(
    typed({ images: "my images", masks: ["m", "n"], width: 64, height: 64 }, "old.pth"),
    `${begin} --images 'my images' --masks m --masks n --size 64 --weights old.pth`,
  );
});

Deno.test("trainingCommand() keeps a long value whole", () => {
  const images = "folder/".repeat(90) + "end";
  assertEquals(
    trainingCommand("a", newConfig({ images })).spelled(spell),
    `deno task train --name a --images ${images}`,
  );
});
