/**
 * How many inputs go through the networks at once where nobody says it. More than a few gain
 * little, a part of a batch takes as long as a whole one, and a signal waits for the batch. So a
 * batch is small, no larger than the images, and takes little memory.
 *
 * @module
 */
import type { Engine } from "../engine/engine.ts";
import { memoryOf, type PooledNetwork } from "../engine/predictor_pool.ts";

/** The sizes in question, the largest first. */
const SIZES = [8, 4, 2];

/**
 * The most bytes of the networks with a batch. A larger network or input keeps all cores busy
 * alone, and a batch of it would take minutes.
 */
const MOST_BYTES = { cpu: 2 ** 28, gpu: 2 ** 32 };

/**
 * The batch size for so many inputs. It has no influence on a result.
 *
 * @param networksFor The networks that predict together, with a batch size.
 */
export async function batchFor(
  engine: Pick<Engine, "name" | "memoryLimit" | "memoryNeeded" | "canHold">,
  inputs: number,
  networksFor: (batch: number) => readonly PooledNetwork[],
): Promise<number> {
  const most = Math.min(MOST_BYTES[engine.name], engine.memoryLimit / 2);
  for (const size of SIZES) {
    if (size > inputs) continue;
    const bytes = memoryOf(engine, networksFor(size));
    if (bytes <= most && await engine.canHold(bytes)) return size;
  }
  return 1;
}
