import { assert, assertEquals, assertMatch } from "@std/assert";
import { inTemporaryFolder } from "./support/temporary.ts";

Deno.test("the example in docs/library.md is typed right, runs without permissions, and learns", () =>
  inTemporaryFolder(async (folder) => {
    const page = Deno.readTextFileSync("docs/library.md");
    const blocks = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
    assertEquals(blocks.length, 1);
    const example = `${folder}/example.ts`;
    Deno.writeTextFileSync(example, blocks[0].replace("./lib/mod.ts", "../../../lib/mod.ts"));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--cached-only", "--no-remote", "--check", example],
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stdout);
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    const losses = /80 losses, from ([\d.]+) to ([\d.]+)/.exec(text);
    assert(losses && Number(losses[2]) < Number(losses[1]), text);
    assertMatch(text, /after 80 steps: \d+ tensors/);
    assertMatch(text, /lesions: \d+, \d+ of \d+ pixels/);
  }));
