/**
 * The comparison of variants on a GPU that only exists in arithmetic: its clock is low until it has
 * worked for a while.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { fastest, type Timer } from "../../../lib/engine/gpu/turns.ts";

/** A dispatch: its time on a GPU that is awake. */
interface FakeCall {
  readonly ms: number;
  readonly cost: number;
}

/** A GPU that takes six times as long in its first `cold` ms of work. */
class FakeGpu implements Timer<FakeCall> {
  readonly submissions: FakeCall[][] = [];
  #worked = 0;
  readonly #cold: number;

  constructor(cold: number) {
    this.#cold = cold;
  }

  /** Time passes only as the GPU works. */
  now(): number {
    return this.#worked;
  }

  time(calls: readonly FakeCall[]): Promise<number[]> {
    this.submissions.push([...calls]);
    return Promise.resolve(calls.map((call) => {
      const ms = this.#worked < this.#cold ? 6 * call.ms : call.ms;
      this.#worked += ms;
      return ms;
    }));
  }
}

const FLOPS = 100;

/** Variants by the time of a run, of two calls. */
function variantsOf(times: Record<string, number>, cost = 10) {
  return new Map(
    Object.entries(times).map(([name, ms]) => {
      return [name, [{ ms: ms / 2, cost: cost / 2 }, { ms: ms / 2, cost: cost / 2 }]];
    }),
  );
}

Deno.test("the fastest variant is found on a cold GPU, wherever it stands", async () => {
  for (const times of [{ a: 3, b: 4, c: 5 }, { b: 4, a: 3, c: 5 }, { c: 5, b: 4, a: 3 }]) {
    const found = await fastest(variantsOf(times), new FakeGpu(150), { flops: FLOPS, end: 20_000 });
    assertEquals(found, { best: "a", complete: true });
  }
});

Deno.test("a variant must save 3 %", async () => {
  for (const [ms, best] of [[9.8, "a"], [9.6, "b"]] as const) {
    const limits = { flops: FLOPS, end: 20_000 };
    const found = await fastest(variantsOf({ a: 10, b: ms }), new FakeGpu(0), limits);
    assertEquals(found?.best, best);
  }
});

Deno.test("variants take turns, in submissions that are full but not more", async () => {
  const gpu = new FakeGpu(0);
  await fastest(variantsOf({ a: 2, b: 4, c: 6 }, 40), gpu, { flops: FLOPS, end: 20_000 });
  for (const calls of gpu.submissions) {
    assert(calls.reduce((sum, { cost }) => sum + cost, 0) <= FLOPS);
  }
  // Five turns of three variants, two turns a submission, after those that keep the GPU busy.
  const order = gpu.submissions.slice(-8).flat().map(({ ms }) => 2 * ms);
  assertEquals(order, Array.from({ length: 5 }, () => [2, 2, 4, 4, 6, 6]).flat());
  const busy = gpu.submissions.slice(0, -8).flat().reduce((sum, { ms }) => sum + ms, 0);
  assert(busy >= 200, `${busy} ms`);
});

Deno.test("a slow GPU measures each variant at least once, one in a submission", async () => {
  const gpu = new FakeGpu(0);
  const variants = variantsOf({ a: 1500, b: 1200, c: 1300 }, 1000);
  const found = await fastest(variants, gpu, { flops: FLOPS, end: 20_000 });
  assertEquals(found, { best: "b", complete: true });
  // One to be awake, then a round, and no more than is enough.
  assertEquals(gpu.submissions.length, 4);
});

Deno.test("the end of the time leaves what was measured until then", async () => {
  const times = { a: 1500, b: 1200, c: 1000 };
  const ends = [[0, 0], [100, 1], [2000, 2], [4000, 3], [4300, 4]];
  for (const [end, submissions] of ends) {
    const gpu = new FakeGpu(0);
    const found = await fastest(variantsOf(times, 1000), gpu, { flops: FLOPS, end });
    assertEquals(gpu.submissions.length, submissions);
    assertEquals(
      found,
      [undefined, undefined, undefined, { best: "b", complete: false }, {
        best: "c",
        complete: true,
      }][submissions],
    );
  }
  const single = variantsOf({ a: 1 });
  assertEquals(await fastest(single, new FakeGpu(0), { flops: FLOPS, end: 9 }), undefined);
});
