import { assert, assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { ReportRefresh } from "../../lib/run/report_refresh.ts";

function unexpected(why: string): never {
  throw new Error(why);
}

/**
 * Epochs of `epochMs` for an hour; a report takes `reportMs`. Returns how many there were and the
 * share of all but the first.
 */
async function refreshes(epochMs: number, reportMs: number) {
  let now = 0;
  let written = 0;
  const refresh = new ReportRefresh(() => now);
  while (now < 3_600_000) {
    now += epochMs;
    await refresh.whenDue(() => {
      now += reportMs;
      written++;
      return Promise.resolve();
    }, unexpected);
  }
  return { written, share: ((written - 1) * reportMs) / now };
}

Deno.test("ReportRefresh writes often, and never takes more than a hundredth of the time", async () => {
  for (const [epochMs, reportMs] of [[1000, 50], [1000, 900], [20, 300], [60_000, 500]]) {
    const { written, share } = await refreshes(epochMs, reportMs);
    assert(share <= 0.01, `${share}`);
    assert(
      written >= Math.min(3_600_000 / epochMs - 1, 30),
      `${written} of ${epochMs} and ${reportMs} ms`,
    );
  }
});

Deno.test("ReportRefresh writes after the first epoch, and then within its share", async () => {
  let now = 0;
  const refresh = new ReportRefresh(() => now);
  const due = (cost: number) =>
    refresh.whenDue(() => {
      now += cost;
      return Promise.resolve();
    }, unexpected);
  now = 20;
  assertEquals(await due(300), true);
  assertEquals(await due(300), false);
  now = 29_000;
  assertEquals(await due(300), false);
  now = 31_000;
  assertEquals(await due(50), true);
  assertEquals(await due(50), false);
});

Deno.test("ReportRefresh passes on what is wrong with a file, and nothing else", async () => {
  let now = 0;
  const refresh = new ReportRefresh(() => now);
  now = 3_600_000;
  const heard: string[] = [];
  const writing = (error: Error) =>
    refresh.whenDue(() => Promise.reject(error), (why) => heard.push(why));
  assertEquals(await writing(new InputError("a picture is damaged")), true);
  assertEquals(heard, ["a picture is damaged"]);
  await assertRejects(() => writing(new TypeError("a bug")), TypeError, "a bug");
});
