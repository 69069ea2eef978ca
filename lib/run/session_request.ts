/** What a training session is asked for, and how it ends. @module */
import type { Spell } from "../core/sentence.ts";
import type { DatasetCounts, SampleSet } from "../dataset/samples.ts";
import type { Split } from "../dataset/split.ts";
import type { Engine, TrainingState } from "../engine/engine.ts";
import type { BitsInUse } from "../image/depth.ts";
import type { Inspection } from "../inspect/inspection.ts";
import type { FileStore } from "../store/store.ts";
import type { TrainingConfig } from "../train/config.ts";
import type { LoopCallbacks } from "../train/loop.ts";
import type { Preparation } from "../train/preparation.ts";
import type { Progress } from "../train/progress.ts";
import type { TestResult } from "./test_part.ts";
import type { InputHashes } from "./inputs.ts";
import type { Manifest } from "./manifest.ts";
import type { RunFolder } from "./run_folder.ts";
import type { RunSettings } from "./run_settings.ts";

/** Arguments of a session (session.ts). */
export interface SessionRequest {
  /** The store of the run. */
  readonly output: FileStore;
  readonly run: RunFolder;
  readonly config: TrainingConfig;
  readonly settings: RunSettings;
  readonly engine: Engine;
  readonly preparation: Preparation;
  readonly split: Split;
  readonly train: SampleSet;
  /** The images that select the best epoch. */
  readonly validation: SampleSet;
  /** The inspection of the images of a new run. */
  readonly inspection?: Inspection | undefined;
  /** The test images. They are evaluated once, with the model that is kept. */
  readonly test?: SampleSet | undefined;
  readonly counts: DatasetCounts;
  /** The bits by which 16-bit images became grey. */
  readonly bitsInUse?: BitsInUse | undefined;
  readonly hashes: InputHashes;
  /** The checkpoint of a resumed run. Its data hash stays the one that the run began with. */
  readonly saved?: { readonly dataHash: string } | undefined;
  /** The initial state and position. */
  readonly state: TrainingState;
  readonly start: Progress;
  /** The model file that the initial state comes from. */
  readonly weights?: Manifest["weights"];
  /**
   * Callbacks. `begin` is called right before the first step. `warn` is called when something fails
   * that training does not need. `spell` writes settings and commands in the report.
   */
  readonly display: Pick<LoopCallbacks, "batchDone" | "epochDone"> & {
    begin?(): void;
    warn?(text: string): void;
    spell?: Spell;
  };
  readonly signal: AbortSignal;
}

/** How a session ended. */
export interface SessionResult {
  readonly progress: Progress;
  /** The figures on the test images, after the last epoch. */
  readonly test?: TestResult | undefined;
}
