import { assert, assertEquals } from "@std/assert";
import { epochsToShow } from "../../lib/run/strip.ts";

Deno.test("epochsToShow() has the best epoch and the last one, of any number of snapshots", () => {
  for (let count = 1; count <= 60; count++) {
    const known = Array.from({ length: count }, (_, k) => 3 * k + 1);
    for (const best of known) {
      const shown = epochsToShow(known.toReversed(), best);
      assertEquals(shown, [...new Set(shown)].sort((a, b) => a - b));
      assert(shown.includes(best) && shown.includes(known.at(-1)!), `${best}: ${shown}`);
      assert(shown.length <= 13 && shown.length >= Math.min(count, 12), `${shown}`);
    }
  }
  // No snapshot of the best epoch.
  assertEquals(epochsToShow([1, 2, 3], 4), [1, 2, 3]);
  assertEquals(epochsToShow([], undefined), []);
});
