/**
 * A worker of a page: the first message opens the model, each further one is a job. Messages are
 * answered one after the other, in their order. bundle.ts makes one classic script of this file and
 * its imports, as a page that is a file may not start workers that are modules.
 *
 * @module
 */
// WebGPU types, for those who check this file without Deno.
import type {} from "@webgpu/types";
import { Jobs } from "./jobs.ts";
import { type Device, openModel } from "./page_model.ts";

/** The first message. */
export interface Opening {
  /** The model file, and its path in the data directory. */
  readonly model: Blob;
  readonly path: string;
  readonly device: Device;
}

/** A further message: the name of a job and its argument. */
export interface Asked {
  readonly job: Exclude<keyof Jobs, "constructor">;
  readonly argument: never;
}

/** The answer to a message. `kind` is the name of the error's class. */
export type Answered =
  | { readonly value: unknown }
  | { readonly kind: string; readonly message: string };

let jobs: Jobs | undefined;

async function answer(message: Opening | Asked): Promise<unknown> {
  if ("job" in message) return await jobs![message.job](message.argument);
  const opened = await openModel(message.model, message.path, message.device);
  jobs = new Jobs(opened);
  const { engine, adapter, why, checked, bytes } = opened;
  return { engine, adapter, why, checked, bytes };
}

async function reply(message: Opening | Asked): Promise<Answered> {
  try {
    return { value: await answer(message) };
  } catch (error) {
    const { name, message } = error as Error;
    return { kind: name, message };
  }
}

/** A worker's global scope, which Deno's types of a page lack. */
const scope = globalThis as unknown as {
  onmessage(event: MessageEvent<Opening | Asked>): void;
  postMessage(message: Answered): void;
};

let last: Promise<void> = Promise.resolve();
scope.onmessage = ({ data }) => {
  last = last.then(async () => scope.postMessage(await reply(data)));
};
