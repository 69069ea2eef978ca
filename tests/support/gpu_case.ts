/**
 * Tests of a command on the GPU, with small training data.
 *
 * @module
 */
import { gpuAdapter } from "./engines.ts";
import { writeSmallData } from "./small_data.ts";
import { inTemporaryFolder } from "./temporary.ts";

/** Declares a test that is ignored without an adapter. `body` receives the data directory. */
export function testOnGpu(name: string, body: (data: string) => Promise<void>): void {
  Deno.test({
    name,
    ignore: gpuAdapter === undefined,
    fn: () =>
      inTemporaryFolder(async (data) => {
        writeSmallData(data);
        await body(data);
      }),
  });
}
