/**
 * The whole recorded training on the slow engines.
 *
 * @module
 */
import { engines, referenceEngine } from "../support/engines.ts";
import { foldersWith } from "../support/reference_data.ts";
import { Replay } from "../support/train_replay.ts";

for (const folder of foldersWith("train/train.json")) {
  for (const { label, engine } of engines.filter(({ slow }) => slow)) {
    Deno.test(`all epochs of a training on ${label} go as in ${folder.label}`, (test) => {
      const replay = new Replay(folder);
      return replay.train(test, engine, replay.epochs);
    });
    // The float64 engine would take minutes for nothing new.
    if (engine === referenceEngine) continue;
    Deno.test(`a mixed training on ${label} ends with the losses of ${folder.label}`, () =>
      new Replay(folder).trainMixed(engine));
  }
}
