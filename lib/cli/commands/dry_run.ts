/**
 * `train --dry-run`: prints what a run would be and cost, and begins none.
 *
 * @module
 */
import { dryRun, type DryRunRequest } from "../../mod.ts";
import type { Output } from "../options/output_options.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { readingLine } from "../terminal/progress_bar.ts";
import { plannedJson } from "../terminal/train_json.ts";
import { epochTime, expectedWords } from "../words/expected_words.ts";
import { sayPlanned } from "./train_progress.ts";

/** What stands in the place of a run's name where none was given. */
const NO_NAME = "(dry run)";

/**
 * Plans a run, times its first steps and prints the cost. Returns whether it came to its end before
 * Ctrl-C.
 *
 * @throws {InputError} if the request cannot be fulfilled.
 */
export async function dryTrain(
  request: Omit<DryRunRequest, "signal">,
  { say, json }: Output,
): Promise<boolean> {
  using interrupt = new Interrupt();
  let [epochs, members] = [0, 1];
  const name = request.name ?? NO_NAME;
  const time = await dryRun({ ...request, signal: interrupt.signal }, {
    ...readingLine(say),
    planned(run) {
      ({ epochs } = run.config);
      ({ members } = run.settings);
      sayPlanned(run, name, say);
      json?.({ event: "start", run: request.name ?? null, ...plannedJson(run) });
      interrupt.listen(() => {});
    },
  });
  if (time === undefined) {
    say.line("Stopped; nothing was written.", "result");
    return false;
  }
  const perEpoch = epochTime(time.perImage, time);
  const each = members === 1 ? "" : ` for each of ${members} runs`;
  const expected = expectedWords(perEpoch, perEpoch * epochs, false);
  say.line(`${expected}${each}; nothing was written`, "result");
  json?.({
    event: "end",
    dry_run: true,
    seconds_per_epoch: perEpoch / 1000,
    seconds: (perEpoch * epochs * members) / 1000,
  });
  return true;
}
