/**
 * Trained weights from files, run forward on every engine against PyTorch's logits for them.
 * Software adapters compute the first folder here and the others in tests/full.
 *
 * @module
 */
import { CHECKPOINT_FOLDERS, testCheckpoints } from "../support/checkpoints.ts";
import { engines, softwareEngines } from "../support/engines.ts";

for (const [index, folder] of CHECKPOINT_FOLDERS.entries()) {
  testCheckpoints(folder, engines.filter((one) => index === 0 || !softwareEngines.includes(one)));
}
