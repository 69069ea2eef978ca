/** What goes to which stream: colours, `--json`, `--quiet`. @module */
import { assertEquals } from "@std/assert";
import { findLr } from "../../lib/cli/commands/find_lr.ts";
import { hasColours, withTone } from "../../lib/cli/terminal/paint.ts";
import { jsonLine, quietSay, unsaid } from "../../lib/cli/terminal/say.ts";
import { taskWords } from "../../lib/cli/words/task.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

Deno.test("there are colours on a terminal, unless NO_COLOR is set", () => {
  const [terminal, pipe] = [true, false].map((is) => ({ isTerminal: () => is }));
  assertEquals(hasColours(terminal, false), true);
  assertEquals(hasColours(terminal, true), false);
  assertEquals(hasColours(pipe, false), false);
});

Deno.test("only the word that begins a message is painted", () => {
  assertEquals(withTone("error: no error: at all", true), "\x1b[31merror:\x1b[0m no error: at all");
  assertEquals(withTone("a\nwarning: b", true), "a\n\x1b[33mwarning:\x1b[0m b");
  assertEquals(withTone("note: an error: none", true), "note: an error: none");
  assertEquals(withTone("error: x", false), "error: x");
});

Deno.test("with --json standard output holds only JSON; warnings go elsewhere", () => {
  const warned: string[] = [];
  const say = unsaid((text) => warned.push(text));
  say.line("note: nothing");
  say.line();
  say.line("warning: a");
  say.line("run a\nwarning: forged");
  say.block("a table\nwarning: b\nanother row");
  say.write("\r\x1b[Kbar");
  assertEquals(warned, ["warning: a", "warning: b"]);
  assertEquals(say.terminal, false);
});

Deno.test("an object is one line of JSON that does nothing to a terminal", () => {
  const value = { name: "a\n\x1b]0;t\x07\x9b2J\u202egnp", figure: 0.5 };
  const line = jsonLine(value);
  assertEquals(
    line,
    '{"name":"a\\n\\u001b]0;t\\u0007\\u009b2J\\u202egnp","figure":0.5}\n',
  );
  assertEquals(JSON.parse(line), value);
});

Deno.test("with --quiet only results are said", () => {
  const lines: string[] = [];
  const line = (text = "") => void lines.push(text);
  const say = quietSay({ terminal: true, columns: () => 80, write: line, line, block: line });
  say.line("settings");
  say.block("warning: a table");
  say.write("a bar");
  say.line("The report is x", "result");
  assertEquals(lines, ["The report is x"]);
  assertEquals(say.terminal, false);
});

Deno.test("train --find-lr with --quiet says the learning rate, or that there is none", () =>
  inTemporaryFolder(async (folder) => {
    writeSmallData(folder, 8);
    const data = new MemoryStore(filesOf(folder));
    const lines: string[] = [];
    const line = (text = "") => void lines.push(text);
    const say = quietSay({ terminal: false, columns: () => 80, write: line, line, block: line });
    const config = { width: 32, height: 32, baseChannels: 2 };
    const found = await findLr({ data, config, settings: { device: "cpu", threads: 2 } }, say);
    const words = found!.suggestion === undefined ? "No suggestion" : "Learning rate";
    assertEquals(lines.map((text) => text.startsWith(words)), [true]);
  }));

Deno.test("hints are for users who have only npx, where they have", () => {
  const npx = "/home/a/.npm/_npx/7a40be787520bede/node_modules/@deno/linux-x64-glibc/deno";
  assertEquals(taskWords(npx, "2.9.6"), "npx deno@2.9.6 task -q");
  const windows = "C:\\Users\\a\\AppData\\Local\\npm-cache\\_npx\\7a\\node_modules\\deno\\deno.exe";
  assertEquals(taskWords(windows, "2.9.6"), "npx deno@2.9.6 task -q");
  assertEquals(taskWords("/usr/lib/node_modules/deno/deno", "2.9.6"), "deno task -q");
});
