/** The unit of a GPU's timestamps. @module */
import { assert, assertEquals } from "@std/assert";
import { tickLength } from "../../../lib/engine/gpu/clock.ts";

Deno.test("a tick is a nanosecond unless wall time says otherwise by more than a fifth", () => {
  // 80 ms in nanoseconds, measured a little late or early.
  for (const ms of [80, 66, 95]) assertEquals(tickLength(80e6, ms), 1);
  // Ticks of 10 ns, as AMD's GPUs count, and of 12 and 19.2 MHz, as Intel's.
  assertEquals(tickLength(8e6, 80), 10);
  assert(Math.abs(tickLength(12e6, 1000) - 83.33) < 0.01);
  assert(Math.abs(tickLength(19.2e6, 1000) - 52.08) < 0.01);
  // Clocks that stand still or run backwards say nothing.
  for (const [ticks, ms] of [[0, 80], [0, 0], [-5, 80], [80e6, 0], [80e6, -1], [NaN, 80]]) {
    assertEquals(tickLength(ticks, ms), 1);
  }
});
