/**
 * Prediction as it is seen: on a terminal a bar with the time left, otherwise a line per image (on
 * a terminal too when they are few). Bad files are named on stderr when they are met.
 *
 * @module
 */
import { type Failure, isFailure, type Result } from "../../mod.ts";
import { plural } from "../words/words.ts";
import { ProgressBar } from "./progress_bar.ts";
import type { Say } from "./say.ts";

/** On a terminal, so many images still get a line each. */
const FEW = 20;

/** Shows how a prediction goes on. */
export class PredictionDisplay {
  readonly #say: Say;
  readonly #complain: (text: string) => void;
  readonly #bar: ProgressBar;
  readonly #total: number;
  #done = 0;

  /** `complain` gets lines for stderr. */
  constructor(say: Say, total: number, complain: (text: string) => void) {
    this.#say = say;
    this.#complain = complain;
    this.#total = total;
    this.#bar = new ProgressBar({ doing: "predicting", things: "images", total, say });
  }

  /** After an image. */
  done(result: Result): void {
    this.#done++;
    if (isFailure(result)) this.failed(result);
    else if (!this.#say.terminal || this.#total <= FEW) {
      this.end();
      const { input, lesions, area_px: area } = result;
      const found = lesions.length === 0
        ? "no lesion"
        : `${plural(lesions.length, "lesion")}, ${plural(area, "pixel")}`;
      this.#say.line(`${input}: ${found}`);
    }
    if (this.#done < this.#total) this.#bar.done(this.#done);
  }

  /** Names a bad file. */
  failed(failure: Failure): void {
    this.end();
    this.#complain(failureLine(failure));
  }

  /** Takes the bar away, so that other text can follow. */
  end(): void {
    this.#bar.end();
  }
}

/** A line for stderr; the sentence may name the file already. */
export function failureLine({ input, error }: Failure): string {
  return `error: ${error.includes(input) ? error : `${input}: ${error}`}`;
}
