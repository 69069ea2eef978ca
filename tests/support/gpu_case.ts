/**
 * A test of a command on the GPU, with small data to train on.
 *
 * @module
 */
import { gpuAdapter } from "./engines.ts";
import { writeSmallData } from "./small_data.ts";
import { inTemporaryFolder } from "./temporary.ts";

/** Defines a test that is ignored where there is no adapter; `body` gets the data directory. */
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
