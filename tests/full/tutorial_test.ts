/** The commands of docs/tutorial.md run one after the other, and say what the page shows. */
import { assert, assertEquals } from "@std/assert";
import { run } from "../support/program.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

/** Options that make the runs of the page so small that only their words count. */
const SMALLER: Readonly<Record<string, readonly string[]>> = {
  phantoms: ["--count", "30"],
  train: ["--size", "32", "--base-channels", "2", "--epochs", "2", "--device", "cpu"],
  evaluate: ["--resamples", "100"],
};

const [PAGE] = Deno.readTextFileSync("docs/tutorial.md").split("## The same with BUSI");

/** A command, perhaps on several lines, or a block of output. */
const COMMAND_OR_OUTPUT = /^ {4}deno task ((?:[^\n]*\\\n)*[^\n]*)$|^```text\n([^]*?)^```$/gm;

/** The commands of the page, each with the lines of output that follow it. */
function steps(): { command: string; args: string[]; shown: string[] }[] {
  const found: ReturnType<typeof steps> = [];
  for (const [, line, output] of PAGE.matchAll(COMMAND_OR_OUTPUT)) {
    if (output !== undefined) {
      found.at(-1)!.shown.push(...output.trimEnd().split("\n"));
      continue;
    }
    const [command, ...args] = line.split(/[\s\\]+/);
    found.push({ command, args, shown: [] });
  }
  return found;
}

/** Words alone: numbers differ between large and small runs. */
function words(text: string): string {
  return text.replaceAll(/[\d.]+/g, "N").replaceAll(/\s+/g, " ").trim();
}

Deno.test("the tutorial's commands run, show what it shows, and write the files that it names", () =>
  inTemporaryFolder(async (data) => {
    const all = steps();
    assert(all.length >= 10 && all.some(({ shown }) => shown.length > 0), `${all.length} commands`);
    for (const { command, args, shown } of all) {
      const { code, stdout, stderr } = await run(
        command,
        data,
        ...args,
        ...SMALLER[command] ?? [],
      );
      assertEquals([code, stderr], [0, ""], `${command} ${args.join(" ")}`);
      for (const line of shown) {
        assert(
          words(stdout).includes(words(line)),
          `${command} does not say "${line}":\n${stdout}`,
        );
      }
    }
    const named = [...PAGE.matchAll(/`((?:runs|inspect|new-found)\/[^`*]*)`/g)];
    assert(named.length >= 5);
    for (const [, path] of named) await Deno.lstat(`${data}/${path}`);
  }));
