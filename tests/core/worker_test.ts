import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError } from "../../lib/core/errors.ts";
import { AnsweringWorker, startWorker } from "../../lib/core/worker.ts";

Deno.test("startWorker() starts a worker from text, which answers", async () => {
  const worker = startWorker("globalThis.onmessage = ({ data }) => postMessage(data + 1);");
  const answers: number[] = [];
  for (const question of [1, 5]) {
    const { promise, resolve } = Promise.withResolvers<number>();
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(question);
    answers.push(await promise);
  }
  worker.terminate();
  assertEquals(answers, [2, 6]);
});

Deno.test("an answering worker keeps the order, and refuses all after its end", async () => {
  const worker = new AnsweringWorker<number>(
    "the adder",
    "globalThis.onmessage = ({ data }) => postMessage(data + 1);",
  );
  const asked = [1, 5, 7].map((question) => worker.ask(question));
  assertEquals(worker.pending, 3);
  assertEquals(await Promise.all(asked), [2, 6, 8]);
  const late = worker.ask(9);
  worker.end("it was stopped");
  worker.end("later");
  for (const refused of [late, worker.ask(1)]) {
    await assertRejects(() => refused, DeviceError, "the adder has ended: it was stopped");
  }
});
