/** The examples of the library's pages are typed right, run, and do what they say. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { commandGroups } from "../lib/cli/program.ts";
import * as library from "../lib/mod.ts";
import { inTemporaryFolder } from "./support/temporary.ts";

/** The examples in a text, in order. */
function examplesIn(file: string, ofLine = /^/gm): string[] {
  return [...Deno.readTextFileSync(file).matchAll(/```ts\n(.*?)```/gs)]
    .map(([, code]) => code.replace(ofLine, ""));
}

const [WORKFLOWS, PARTS, ...OTHERS] = examplesIn("docs/library.md");
const [OF_MODULE] = examplesIn("lib/mod.ts", /^ \* ?/gm);

/** Writes an example where it has no configuration but the library's. */
function write(path: string, example: string): void {
  const library = new URL("../lib/mod.ts", import.meta.url).href;
  Deno.writeTextFileSync(path, example.replace("./lib/mod.ts", library));
}

/** Runs Deno in a folder; returns what it prints. */
async function deno(folder: string, command: string, ...args: string[]): Promise<string> {
  const config = new URL("../deno.json", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [command, "--cached-only", "--no-remote", "--config", config, ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Runs an example with the permissions that its page names; returns what it prints. */
function run(folder: string, example: string, permissions: string[] = []): Promise<string> {
  write(`${folder}/example.ts`, example);
  return deno(folder, "run", "--no-prompt", ...permissions, "example.ts");
}

const IN_DATA = ["--allow-read=data", "--allow-write=data"];

Deno.test("docs/library.md names a function for each command but demo, and mod.ts has it", () => {
  const page = Deno.readTextFileSync("docs/library.md");
  const rows = [...page.matchAll(/^\| `([a-z]+)` \| `([A-Za-z]+)\(/gm)];
  const commands = Object.values(commandGroups()).flat().map((command) => command.name());
  assertEquals(rows.map(([, name]) => name).sort(), commands.filter((c) => c !== "demo").sort());
  for (const [, , name] of rows) {
    assertEquals(typeof (library as Record<string, unknown>)[name], "function", name);
  }
});

Deno.test("docs/library.md has two examples", () => assertEquals(OTHERS, []));

Deno.test("the examples are typed right", () =>
  inTemporaryFolder(async (folder) => {
    const examples = [WORKFLOWS, PARTS, OF_MODULE];
    const files = examples.map((example, index) => {
      write(`${folder}/${index}.ts`, example);
      return `${index}.ts`;
    });
    await deno(folder, "check", ...files);
  }));

Deno.test("the workflows in docs/library.md train, predict, evaluate, export and verify", () =>
  inTemporaryFolder(async (folder) => {
    const text = await run(folder, WORKFLOWS, IN_DATA);
    assertMatch(text, /^24 images in phantoms\/\nneeds \d+ bytes\n/);
    const losses = [...text.matchAll(/epoch \d: loss ([\d.]+)/g)].map(([, loss]) => Number(loss));
    assert(losses.length === 2 && losses[1] < losses[0], text);
    assertMatch(text, /runs\/first was trained on \d+ images/);
    assertMatch(text, /24 images predicted, 0 failed; see runs\/first\/predictions\//);
    assertMatch(text, /\d+ test images, mean Dice \d\.\d{3}/);
    assertMatch(text, /runs\/first\/best\.onnx is written; the run is whole/);
    for (const file of ["predictions/predictions.json", "evaluation/metrics.json", "best.onnx"]) {
      assert(Deno.statSync(`${folder}/data/runs/first/${file}`).isFile);
    }
  }));

Deno.test("the example in lib/mod.ts trains, predicts and evaluates", () =>
  inTemporaryFolder(async (folder) => {
    const text = await run(folder, OF_MODULE, IN_DATA);
    assertMatch(text, /^1 [\d.]+\n2 [\d.]+\n24 images in .*\/data\/runs\/.*\n\S+ [\d.]+\n$/);
  }));

Deno.test("the parts in docs/library.md run without permissions, and learn", () =>
  inTemporaryFolder(async (folder) => {
    const text = await run(folder, PARTS);
    const losses = /80 losses, from ([\d.]+) to ([\d.]+)/.exec(text);
    assert(losses && Number(losses[2]) < Number(losses[1]), text);
    assertMatch(text, /after 80 steps: \d+ tensors/);
    assertMatch(text, /lesions: \d+, \d+ of \d+ pixels/);
  }));
