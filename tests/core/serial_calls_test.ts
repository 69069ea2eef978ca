import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SerialCalls } from "../../lib/core/serial_calls.ts";

const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

/** A call that notes when it begins and ends. */
function noting(notes: string[], name: string, fails = false) {
  return async () => {
    notes.push(`${name} begins`);
    await pause();
    notes.push(`${name} ends`);
    if (fails) throw new RangeError(name);
    return name;
  };
}

Deno.test("SerialCalls runs calls one after the other, in order, whatever becomes of them", async () => {
  const notes: string[] = [];
  const calls = new SerialCalls("the thing", () => notes.push("released"));
  const results = await Promise.allSettled([
    calls.run(noting(notes, "a")),
    calls.run(noting(notes, "b", true)),
    calls.run(noting(notes, "c")),
  ]);
  assertEquals(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  assertEquals(notes, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
});

Deno.test("SerialCalls begins a call at once when no other runs", async () => {
  const notes: string[] = [];
  const calls = new SerialCalls("the thing", () => {});
  for (const name of ["a", "b"]) {
    const call = calls.run(noting(notes, name));
    assertEquals(notes.at(-1), `${name} begins`);
    await call;
  }
});

Deno.test("SerialCalls, closed, lets the call that runs end and refuses all others", async () => {
  const notes: string[] = [];
  const calls = new SerialCalls("the thing", () => notes.push("released"));
  const running = calls.run(noting(notes, "a"));
  const waiting = calls.run(noting(notes, "b"));
  calls.close();
  calls.close();
  const refusal = "the thing is closed and takes no more calls";
  await assertRejects(() => waiting, Error, refusal);
  await assertRejects(() => calls.run(noting(notes, "c")), Error, refusal);
  assertThrows(() => calls.check(), Error, refusal);
  assertEquals(await running, "a");
  await pause();
  assertEquals(notes, ["a begins", "a ends", "released"]);
});

Deno.test("SerialCalls, closed while nothing runs, releases at once", () => {
  const notes: string[] = [];
  new SerialCalls("the thing", () => notes.push("released")).close();
  assertEquals(notes, ["released"]);
});
