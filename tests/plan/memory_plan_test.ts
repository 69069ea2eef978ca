import { assert, assertEquals } from "@std/assert";
import { elementCount } from "../../lib/core/tensor.ts";
import {
  aligned,
  ALIGNMENT,
  placeInOrder,
  planMemory,
  withinPiece,
} from "../../lib/plan/memory_plan.ts";
import { type Plan, stepsOf } from "../../lib/plan/plan.ts";
import { planCases } from "../support/plan_cases.ts";

Deno.test("aligned() rounds up to whole cache lines", () => {
  assertEquals([0, 1, 63, 64, 65].map((bytes) => aligned(bytes)), [0, 64, 64, 64, 128]);
  assertEquals([0, 5, 10, 11].map((bytes) => aligned(bytes, 10)), [0, 10, 10, 20]);
});

Deno.test("withinPiece() moves what would cross from one piece of memory into the next", () => {
  const rules = { alignment: 1, piece: 100 };
  assertEquals(withinPiece(90, 10, rules), 90);
  assertEquals(withinPiece(90, 11, rules), 100);
  assertEquals(withinPiece(100, 100, rules), 100);
  assertEquals(withinPiece(250, 51, rules), 300);
  assertEquals(withinPiece(90, 11, { ...rules, piece: Infinity }), 90);
});

Deno.test("placeInOrder() places one tensor behind the other, each aligned and within its piece", () => {
  const bytesOf = (name: string) => ({ a: 5, b: 70, c: 10 })[name]!;
  assertEquals(placeInOrder("abc", bytesOf), {
    offsets: new Map([["a", 0], ["b", 64], ["c", 192]]),
    bytes: 256,
  });
  assertEquals(placeInOrder("abc", bytesOf, { alignment: 10, piece: 80 }, 20), {
    offsets: new Map([["a", 20], ["b", 80], ["c", 150]]),
    bytes: 160,
  });
});

/** A plan of steps "from to", each of which reads one tensor and writes another. */
function chain(inputs: string[], pairs: readonly string[], outputs: string[]): Plan {
  const forward = pairs.map((pair) => {
    const [from, to] = pair.split(" ");
    return { kind: "maxpool2", source: { tensor: from, shape: [1, 1, 2, 2] }, out: to };
  });
  const segments = { setup: [], forward, backward: [], update: [] };
  return { tensors: [], segments, persistent: [], inputs, outputs } as unknown as Plan;
}

Deno.test("planMemory() places the largest first, and others where no neighbour in time lies", () => {
  const plan = chain(["a"], ["a b", "b c", "c d"], ["d"]);
  const sizes: Record<string, number> = { a: 10, b: 20, c: 10, d: 40 };
  const rules = { alignment: 10, piece: Infinity };
  assertEquals(planMemory(plan, (name) => sizes[name], rules, 100), {
    offsets: new Map([["d", 100], ["b", 100], ["a", 120], ["c", 140]]),
    bytes: 150,
  });
});

Deno.test("planMemory() fills a gap to its last byte", () => {
  const plan = chain(["a"], ["a b", "b c", "b d"], ["b", "c", "d"]);
  const sizes: Record<string, number> = { a: 40, b: 30, c: 20, d: 20 };
  const rules = { alignment: 10, piece: Infinity };
  assertEquals(planMemory(plan, (name) => sizes[name], rules), {
    offsets: new Map([["a", 0], ["b", 40], ["c", 0], ["d", 20]]),
    bytes: 70,
  });
});

for (const [index, { name, plan: planOf }] of planCases().entries()) {
  // Every planner, both decoders, few of the shapes.
  if (index % 7 !== 0) continue;
  Deno.test(`${name}: tensors that live at the same time share no memory`, () => {
    const plan = planOf();
    const bytes = new Map(plan.tensors.map(({ name, shape }) => [name, 4 * elementCount(shape)]));
    const bytesOf = (name: string) => bytes.get(name)!;
    const lives = livesOf(plan);
    const largest = Math.max(...bytes.values());
    for (const piece of [Infinity, aligned(2 * largest)]) {
      const rules = { alignment: ALIGNMENT, piece };
      const { offsets, bytes: end } = planMemory(plan, bytesOf, rules, 128);
      assertEquals([...offsets.keys()].sort(), [...lives.keys()].sort());
      const places = [...offsets].map(([name, from]) => ({
        name,
        from,
        to: from + bytesOf(name),
        ...lives.get(name)!,
      }));
      for (const { name, from, to } of places) {
        assert(from >= 128 && to <= end && from % ALIGNMENT === 0, name);
        if (piece !== Infinity) {
          assertEquals(Math.floor(from / piece), Math.floor((to - 1) / piece), name);
        }
      }
      for (const [index, a] of places.entries()) {
        for (const b of places.slice(index + 1)) {
          const meet = a.first <= b.last && b.first <= a.last;
          assert(!meet || a.to <= b.from || b.to <= a.from, `${a.name} and ${b.name}`);
        }
      }
    }
  });
}

/** The first and last step in which a tensor's name stands, read off the steps as plain data. */
function livesOf(plan: Plan): Map<string, { first: number; last: number }> {
  const lives = new Map<string, { first: number; last: number }>();
  const persistent = new Set(plan.persistent);
  const known = new Set(plan.tensors.map(({ name }) => name));
  const steps = stepsOf(plan);
  const touch = (value: unknown, at: number) => {
    if (typeof value === "string" && known.has(value) && !persistent.has(value)) {
      const { first, last } = lives.get(value) ?? { first: at, last: at };
      lives.set(value, { first: Math.min(first, at), last: Math.max(last, at) });
    } else if (typeof value === "object" && value !== null) {
      for (const inner of Object.values(value)) touch(inner, at);
    }
  };
  touch(plan.inputs, -1);
  steps.forEach((step, index) => touch(step, index));
  touch(plan.outputs, steps.length);
  return lives;
}
