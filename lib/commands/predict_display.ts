/**
 * Prediction as it is seen: on a terminal a bar with the time left, otherwise a line per image (on a terminal too when
 * they are few). Bad files are named on stderr when they are met.
 *
 * @module
 */
import type { Failure } from "../predict/inputs.ts";
import { isFailure, type Result } from "../predict/shards.ts";
import { barLine, CLEAR_LINE, REDRAW_MS } from "./bar.ts";
import type { Say } from "./say.ts";
import { duration, plural } from "./words.ts";

/** On a terminal, so many images still get a line each. */
const FEW = 20;

/** Shows how a prediction goes on. */
export class PredictionDisplay {
  readonly #say: Say;
  readonly #complain: (text: string) => void;
  readonly #now: () => number;
  readonly #images: number;
  readonly #start: number;
  #done = 0;
  #drawn = -Infinity;

  /** `complain` gets lines for stderr, `now` tells milliseconds that only go forward. */
  constructor(
    say: Say,
    images: number,
    complain: (text: string) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#say = say;
    this.#images = images;
    this.#complain = complain;
    this.#now = now;
    this.#start = now();
  }

  /** After an image. */
  done(result: Result): void {
    this.#done++;
    if (isFailure(result)) this.failed(result);
    else if (!this.#say.terminal || this.#images <= FEW) {
      this.end();
      const { input, lesions, area_px: area } = result;
      const found = lesions.length === 0
        ? "no lesion"
        : `${plural(lesions.length, "lesion")}, ${plural(area, "pixel")}`;
      this.#say.line(`${input}: ${found}`);
    }
    this.#draw();
  }

  /** Names a bad file. */
  failed(failure: Failure): void {
    this.end();
    this.#complain(failureLine(failure));
    this.#drawn = -Infinity;
  }

  /** Takes the bar away, so that other text can follow. */
  end(): void {
    if (this.#say.terminal) this.#say.write(CLEAR_LINE);
  }

  #draw(): void {
    const now = this.#now();
    const last = this.#done === this.#images;
    if (!this.#say.terminal || last || now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    const perImage = (now - this.#start) / this.#done;
    const after = [
      `${this.#done}/${this.#images}`,
      `${(1000 / perImage).toFixed(1)} images/s`,
      `${duration(perImage * (this.#images - this.#done))} left`,
    ].join("  ");
    const line = barLine("predicting  ", this.#done / this.#images, after, this.#say.columns());
    this.#say.write(`${CLEAR_LINE}${line}`);
  }
}

/** A line for stderr; the sentence may name the file already. */
export function failureLine({ input, error }: Failure): string {
  return `error: ${error.includes(input) ? error : `${input}: ${error}`}`;
}
