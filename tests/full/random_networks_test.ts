/**
 * Each gradient of random networks against PyTorch's, on the fast engines.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { hasTorch } from "../interop/programs.ts";
import { withRandomNetworks } from "../interop/random_networks.ts";
import { fastEngines } from "../support/engines.ts";
import { errorsOf, gradientsOn, tooFar } from "../support/gradient_errors.ts";

const NETWORKS = 20;

const isThere = hasTorch();

for (const { label, engine, slow } of fastEngines) {
  // Each network has shaders of its own, and compiling takes software adapters long.
  const count = slow ? 2 : NETWORKS;
  Deno.test({
    name: `each gradient of ${count} random networks on ${label} is nearly as exact as PyTorch's`,
    ignore: !isThere,
    fn: () =>
      withRandomNetworks(count, async ({ title, step, float32 }) => {
        const got = errorsOf(await gradientsOn(engine, step), step.exact);
        assertEquals(await tooFar(step, errorsOf(float32, step.exact), got), {}, title);
      }),
  });
}
