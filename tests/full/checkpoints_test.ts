/**
 * Trained weights from the folders that tests/engine leaves out for software adapters.
 *
 * @module
 */
import { CHECKPOINT_FOLDERS, testCheckpoints } from "../support/checkpoints.ts";
import { softwareEngines } from "../support/engines.ts";

for (const folder of CHECKPOINT_FOLDERS.slice(1)) {
  testCheckpoints(folder, softwareEngines);
}
