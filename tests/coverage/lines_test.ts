import { assertEquals } from "@std/assert";
import { byFolder, linesOf, shareOf } from "./lines.ts";

const LCOV = `SF:/p/lib/a/b.ts
FN:1,f
DA:1,3
DA:2,0
LH:1
LF:2
end_of_record
SF:/p/lib/a/c/d/e.ts
DA:1,1
end_of_record
SF:/p/lib/a/f.ts
DA:7,1
DA:8,1
end_of_record
SF:/elsewhere/lib/a/b.ts
DA:1,0
end_of_record
`;

Deno.test("coverage counts the lines of files of the project, and adds them up by folder", () => {
  const files = linesOf(LCOV, "/p");
  assertEquals([...files], [
    ["lib/a/b.ts", { all: 2, run: 1 }],
    ["lib/a/c/d/e.ts", { all: 1, run: 1 }],
    ["lib/a/f.ts", { all: 2, run: 2 }],
  ]);
  assertEquals([...byFolder(files)], [["lib/a", { all: 5, run: 4 }]]);
  assertEquals(shareOf({ all: 4, run: 3 }), 0.75);
  assertEquals(shareOf({ all: 0, run: 0 }), 1);
});
