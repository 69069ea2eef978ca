/** The engine, on any backend. @module */
import { SerialCalls } from "../core/serial_calls.ts";
import type { Tensors } from "../core/tensor.ts";
import { type Plan, SEGMENTS } from "../plan/plan.ts";
import type { Backend, Program } from "./backend.ts";
import type { Engine, Predictor, Trainer, TrainingPlans, TrainingState } from "./engine.ts";
import { PlanPredictor } from "./predictor.ts";
import { type Profile, profilePlan } from "./profile.ts";
import { PlanTrainer } from "./trainer.ts";

/** Makes trainers and predictors on a backend. Closing the engine closes the backend. */
export class BackendEngine implements Engine {
  readonly name: Backend["name"];
  readonly adapter: string;
  readonly memoryLimit: number;
  readonly augments: boolean;
  readonly storesHalves: boolean;
  readonly #backend: Backend;
  /** Calls on the engine itself. */
  readonly #calls: SerialCalls;
  /** Calls on each open trainer and predictor. */
  readonly #open = new Set<SerialCalls>();

  constructor(backend: Backend) {
    this.#backend = backend;
    this.#calls = new SerialCalls("the engine", () => backend.close());
    this.name = backend.name;
    this.adapter = backend.adapter;
    this.memoryLimit = backend.memoryLimit;
    this.augments = backend.augments;
    this.storesHalves = backend.storesHalves;
  }

  memoryNeeded(plans: readonly Plan[]): number {
    return this.#backend.memoryNeeded(plans).total;
  }

  canHold(bytes: number): Promise<boolean> {
    return this.#backend.canHold(bytes);
  }

  trainer(plans: TrainingPlans, state: TrainingState): Promise<Trainer> {
    return this.#make("the trainer", [...plans.train, ...plans.evaluate], (program, calls) => {
      return PlanTrainer.make(program, plans, state, calls);
    });
  }

  predictor(plan: Plan, weights: Tensors): Promise<Predictor> {
    return this.#make("the predictor", [plan], (program, calls) => {
      return PlanPredictor.make(program, weights, calls);
    });
  }

  /** Prepares plans and makes a trainer or predictor, which is closed with the engine. */
  async #make<Made>(
    what: string,
    plans: readonly Plan[],
    make: (program: Program, calls: SerialCalls) => Promise<Made>,
  ): Promise<Made> {
    this.#calls.check();
    const program = await this.#backend.prepare(plans);
    const calls = new SerialCalls(what, () => {
      this.#open.delete(calls);
      program.close();
    });
    this.#open.add(calls);
    try {
      this.#calls.check();
      return await make(program, calls);
    } catch (error) {
      calls.close();
      throw error;
    }
  }

  runSteps(plan: Plan, tensors: Tensors, wanted: readonly string[]): Promise<Tensors> {
    return this.#calls.run(async () => {
      const program = await this.#backend.prepare([plan], { brief: true });
      try {
        for (const [name, { data }] of Object.entries(tensors)) program.write(0, name, data);
        await program.run(0, SEGMENTS);
        return await program.read(0, wanted);
      } finally {
        program.close();
      }
    });
  }

  profile(plan: Plan, tensors: Tensors, options: { readonly runs: number }): Promise<Profile> {
    return this.#calls.run(() => profilePlan(this.#backend, plan, tensors, options));
  }

  close(): void {
    for (const calls of this.#open) calls.close();
    this.#calls.close();
  }
}
