/**
 * A recorded training, replayed with its split and batch order, on the fast engines; tests/full has
 * the slow ones.
 *
 * @module
 */
import { engines } from "../support/engines.ts";
import { foldersWith } from "../support/reference_data.ts";
import { Replay } from "../support/train_replay.ts";

for (const folder of foldersWith("train/train.json")) {
  const replay = new Replay(folder);
  for (const { label, slow, engine } of engines) {
    if (!slow) {
      Deno.test(`a training on ${label} goes as in ${folder.label}`, (test) =>
        replay.train(test, engine, replay.epochs));
    }
    Deno.test(`trained weights on ${label} give the images' logits of ${folder.label}`, () =>
      replay.checkTrained(engine));
  }
}
