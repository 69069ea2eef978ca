import { inflateSync } from "node:zlib";
import { assert, assertEquals } from "@std/assert";

const PROGRAM = "lib/webpage/build/page.deflate";

Deno.test("the program of a page asks for nothing of Deno or Node, and names no path of this machine", () => {
  const text = inflateSync(Deno.readFileSync(PROGRAM)).toString();
  assert(text.length > 1e6);
  const foreign = text.match(/.{0,40}(\bnode:|\bDeno\.|\bBuffer\.|\brequire\().{0,40}/g) ?? [];
  // The script of libjpeg-turbo looks whether it runs in Node, and texts for further workers are
  // not run.
  assertEquals(foreign.filter((found) => !/require\("(fs|path)"\)|^import /.test(found)), []);
  assert(!text.includes(Deno.cwd()));
});

Deno.test("a build that is up to date is left alone", async () => {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--cached-only", "--allow-read", "lib/webpage/bundle.ts"],
    env: { NO_COLOR: "1" },
  });
  const { code, stderr } = await command.output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
});
