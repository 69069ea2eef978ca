import { assertEquals, assertRejects } from "@std/assert";
import { oneAhead } from "../../lib/core/one_ahead.ts";

/** Items of which each says when it begins and ends; `broken` fails to begin. */
async function* items(said: string[], count: number, broken = Infinity) {
  for (let k = 0; k < count; k++) {
    if (k === broken) throw new RangeError(`item ${k}`);
    said.push(`begin ${k}`);
    yield () => {
      said.push(`end ${k}`);
      return Promise.resolve(k);
    };
  }
}

Deno.test("an item ends after the next one has begun, and the last ends, too", async () => {
  for (const count of [0, 1, 3]) {
    const said: string[] = [];
    assertEquals(await Array.fromAsync(oneAhead(items(said, count))), [0, 1, 2].slice(0, count));
    const begins = [0, 1, 2].slice(0, count).map((k) => `begin ${k}`);
    if (count === 3) {
      assertEquals(said, [begins[0], begins[1], "end 0", begins[2], "end 1", "end 2"]);
    } else assertEquals(said.length, 2 * count);
  }
});

Deno.test("without being ahead, an item ends before the next one begins", async () => {
  const said: string[] = [];
  assertEquals(await Array.fromAsync(oneAhead(items(said, 2), false)), [0, 1]);
  assertEquals(said, ["begin 0", "end 0", "begin 1", "end 1"]);
});

Deno.test("an item that does not begin ends all, after the results of those before", async () => {
  const said: string[] = [];
  const taken: number[] = [];
  await assertRejects(async () => {
    for await (const one of oneAhead(items(said, 4, 2))) taken.push(one);
  }, RangeError);
  assertEquals([taken, said.at(-1)], [[0, 1], "end 1"]);
});

Deno.test("a result that fails ends all, and is asked for once", async () => {
  let asked = 0;
  const begun = async function* () {
    for (;;) yield () => Promise.reject(new RangeError(`${asked++}`));
  };
  await assertRejects(() => Array.fromAsync(oneAhead(begun())), RangeError, "0");
  assertEquals(asked, 1);
});
