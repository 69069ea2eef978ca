import { assert, assertEquals } from "@std/assert";
import { ReportRefresh } from "../../lib/train/report_refresh.ts";

/** Epochs of `epochMs` for an hour; a report takes `reportMs`. Returns how many there were and their share. */
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
    });
  }
  return { written, share: (written * reportMs) / now };
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

Deno.test("ReportRefresh does not write at the very beginning", async () => {
  let now = 0;
  const refresh = new ReportRefresh(() => now, 300);
  const due = () => refresh.whenDue(() => Promise.resolve());
  now = 29_000;
  assertEquals(await due(), false);
  now = 31_000;
  assertEquals(await due(), true);
});
