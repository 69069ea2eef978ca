import { assertEquals } from "@std/assert";
import { startWorker } from "../../lib/core/worker.ts";

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
