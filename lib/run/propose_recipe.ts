/**
 * Proposes a recipe for inspected images on this machine.
 *
 * @module
 */
import type { Inspection } from "../inspect/inspection.ts";
import { FEWEST_IMAGES, type Proposal, propose } from "../train/proposal.ts";
import { openEngine } from "./open_engine.ts";
import type { RunSettings } from "./run_settings.ts";

/**
 * The recipe that suits the images and this machine, which is timed for a second.
 *
 * @returns `undefined` where nothing can be proposed: for images that `train` refuses, without a
 *   lesion, of which there are too few, and where no recipe fits into memory.
 * @throws {DeviceError} if a device is asked for that is missing or fails its self-test.
 */
export async function proposeRecipe(
  { images, masks, lesions, findings }: Inspection,
  settings: Partial<RunSettings> = {},
): Promise<Proposal | undefined> {
  const isRefused = findings.some(({ severity }) => severity === "error");
  if (isRefused || lesions === null || images < FEWEST_IMAGES) return undefined;
  const { engine } = await openEngine(settings);
  try {
    return await propose(engine, { images, masks });
  } finally {
    engine.close();
  }
}
