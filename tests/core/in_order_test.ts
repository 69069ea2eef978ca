import { assert, assertEquals, assertRejects } from "@std/assert";
import { InOrder } from "../../lib/core/in_order.ts";

/** A task that ends when it is told to. */
function pending<Value>(value: Value) {
  const { promise, resolve, reject } = Promise.withResolvers<Value>();
  return { task: () => promise, end: () => resolve(value), fail: reject };
}

/** Lets everything run that can. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("results come in the order of their tasks, each as soon as it can", async () => {
  const taken: number[] = [];
  await using queue = new InOrder<number>({ tasks: 4, bytes: 10 }, (one) => taken.push(one));
  const tasks = [0, 1, 2].map(pending);
  for (const { task } of tasks) await queue.add(1, task);
  tasks[1].end();
  await settle();
  assertEquals(taken, []);
  tasks[0].end();
  await settle();
  assertEquals(taken, [0, 1]);
  tasks[2].end();
  await queue.end();
  assertEquals(taken, [0, 1, 2]);
});

Deno.test("no more tasks and no more bytes are on their way than the bounds say", async () => {
  for (const [tasks, bytes, each, most] of [[3, 100, 1, 3], [1, 100, 1, 1], [9, 100, 40, 3]]) {
    let [running, highest] = [0, 0];
    await using queue = new InOrder<void>({ tasks, bytes }, () => {});
    for (let k = 0; k < 12; k++) {
      await queue.add(each, async () => {
        highest = Math.max(highest, ++running);
        await settle();
        running--;
      });
      if (tasks === 1) assertEquals(running, 0);
    }
    await queue.end();
    assertEquals(highest, most, `${tasks} tasks, ${each} bytes each`);
  }
});

Deno.test("after an error no result is taken, and disposal waits for what has begun", async () => {
  const taken: number[] = [];
  const [first, broken, last] = [0, 1, 2].map(pending);
  let hasEnded = false;
  {
    await using queue = new InOrder<number>({ tasks: 4, bytes: 10 }, (one) => taken.push(one));
    for (const { task } of [first, broken]) await queue.add(1, task);
    await queue.add(1, async () => {
      await last.task();
      hasEnded = true;
      return 2;
    });
    first.end();
    broken.fail(new Error("no space"));
    await assertRejects(() => queue.end(), Error, "no space");
    await assertRejects(() => queue.add(100, () => Promise.resolve(3)), Error, "no space");
    setTimeout(last.end);
  }
  assert(hasEnded);
  assertEquals(taken, [0]);
});

Deno.test("a result is not held once it was taken", async () => {
  const { href } = new URL("../../lib/core/in_order.ts", import.meta.url);
  const LEFT = 2 ** 23;
  // A process of its own can collect its garbage, and no other test is in its memory.
  const script = `import { InOrder } from "${href}";
    const queue = new InOrder({ tasks: 2, bytes: 10 }, () => {});
    for (let k = 0; k < 40; k++) await queue.add(1, () => Promise.resolve(new Uint8Array(2 ** 20)));
    await queue.end();
    let held = Infinity;
    // A buffer may outlive one collection.
    for (let turn = 0; turn < 20 && held > ${LEFT}; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      gc();
      held = Deno.memoryUsage().external;
    }
    console.log(held);
    await queue[Symbol.asyncDispose]();`;
  const url = `data:application/javascript,${encodeURIComponent(script)}`;
  const flags = ["run", "--quiet", "--cached-only", "--allow-read", "--v8-flags=--expose-gc"];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: [...flags, url] }).output();
  const held = Number(new TextDecoder().decode(stdout));
  assert(held > 0 && held <= LEFT, `${held} bytes are held of 40 MiB`);
});
