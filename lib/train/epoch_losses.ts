/** The losses of an epoch, and what is no loss. @module */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import type { LossParts, Trainer } from "../engine/engine.ts";
import type { Progress } from "./progress.ts";

/** The losses of the steps of an epoch, as far as they are known. */
export class EpochLosses {
  readonly #trainer: Trainer;
  readonly #epoch: number;
  readonly #values: number[];

  constructor(trainer: Trainer, { epoch, losses }: Progress) {
    this.#trainer = trainer;
    this.#epoch = epoch;
    this.#values = [...losses];
  }

  get values(): readonly number[] {
    return this.#values;
  }

  /** Takes the losses that are known by now. */
  takeKnown(): void {
    this.#add(this.#trainer.knownLosses());
  }

  /** Takes the losses of all steps, for which it waits. */
  async takeAll(): Promise<void> {
    this.#add(await this.#trainer.losses());
  }

  #add(losses: readonly LossParts[]): void {
    for (const { loss } of losses) {
      this.#values.push(loss);
      refuseDivergence(loss, `epoch ${this.#epoch + 1}, batch ${this.#values.length}`);
    }
  }
}

/**
 * Refuses a loss or a weight that is no finite number.
 *
 * @param where What came to this value.
 * @throws InputError
 */
export function refuseDivergence(value: number, where: string): void {
  if (Number.isFinite(value)) return;
  throw new InputError(
    sentence`training has diverged: ${where} came to ${value}, which is no finite number; try a
      lower ${setting("learningRate")} (the last saved checkpoint is untouched)`,
  );
}
