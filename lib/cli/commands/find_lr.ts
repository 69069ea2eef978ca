/**
 * `train --find-lr`: tries learning rates and suggests one.
 *
 * @module
 */
import { findRate, type FindRateRequest, type FoundRate, RATE_FILES } from "../../mod.ts";
import { givenText } from "../options/field_options.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { ProgressBar, readingLine } from "../terminal/progress_bar.ts";
import type { Say } from "../terminal/say.ts";
import { describeDevice, TUNING } from "../words/engine_words.ts";
import { task } from "../words/task.ts";
import { batchWords, shellWord } from "../words/words.ts";

/**
 * Tries learning rates and prints the suggestion. Returns `undefined` after Ctrl-C.
 *
 * @throws {InputError} if the request cannot be fulfilled.
 */
export async function findLr(
  request: Omit<FindRateRequest, "signal">,
  say: Say,
): Promise<FoundRate | undefined> {
  const { data, output = data } = request;
  using interrupt = new Interrupt();
  let bar: ProgressBar | undefined;
  try {
    const found = await findRate({ ...request, signal: interrupt.signal }, {
      tuning: () => say.line(TUNING),
      ...readingLine(say),
      begin({ config: { loss, optimizer, batch, accumulate }, chosen }) {
        const words = batchWords(batch, accumulate);
        say.line(`trying learning rates: loss ${loss}, ${optimizer}, ${words}`);
        say.line(`device ${describeDevice(chosen)}`);
        interrupt.listen(() => bar?.end());
      },
      trying(done, total) {
        bar ??= new ProgressBar({ doing: "trying", things: "rates", total, say });
        bar.done(done);
      },
    });
    bar?.end();
    sayFound(found, request, output.resolve(found?.out ?? ""), say);
    return found;
  } finally {
    bar?.end();
  }
}

function sayFound(
  found: FoundRate | undefined,
  { config, settings, weights, configFile }: FindRateRequest,
  out: string,
  say: Say,
): void {
  if (found === undefined) return say.line("Stopped; nothing was written.", "result");
  const { suggestion } = found;
  if (suggestion === undefined) {
    say.line("No suggestion: the loss fell at no rate by more than the batches differ.", "result");
  } else {
    const given = { ...config, learningRate: suggestion.rate, ...settings };
    const files = Object.entries({ weights, config: configFile }).flatMap(([name, file]) =>
      file === undefined ? [] : [`--${name} ${shellWord(file)}`]
    );
    say.line(
      `Learning rate ${suggestion.rate}, a tenth of the one at which the loss has done nine tenths of its fall: ` +
        task("train", ...files, givenText(given)),
      "result",
    );
  }
  say.line(`The curve is in ${out}: ${Object.values(RATE_FILES).join(", ")}`);
}
