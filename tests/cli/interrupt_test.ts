import { assertEquals } from "@std/assert";
import { interruptListener } from "../../lib/cli/terminal/interrupt.ts";

Deno.test("interruptListener() asks at the first press, ends at the second, counts an echo as one", () => {
  const called: string[] = [];
  let time = 1000;
  const listener = interruptListener({
    asked: () => called.push("asked"),
    end: () => called.push("end"),
    now: () => time,
  });
  listener();
  time += 1;
  listener();
  assertEquals(called, ["asked"]);
  time += 1000;
  listener();
  assertEquals(called, ["asked", "end"]);
});
