/** What comes from files is shown harmlessly, and only one file writes to the streams. @module */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { libraryFiles } from "../support/library_files.ts";
import { run } from "../support/program.ts";
import { writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

/** A clipboard, a window title, a line that looks like a message, another direction. */
const NAMES = [
  "a\x1b]52;c;aGk=\x07",
  "b\x1b]0;title\x07",
  "c\nerror: forged",
  "d\u202egnp",
  "e\x9b2J",
];

/** What a terminal obeys. */
// deno-lint-ignore no-control-regex
const OBEYED = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

function assertHarmless(what: string, { stdout, stderr }: { stdout: string; stderr: string }) {
  for (const text of [stdout, stderr]) {
    assert(!OBEYED.test(text), `${what} wrote ${JSON.stringify(text)}`);
    assert(!text.split("\n").includes("error: forged"), `${what} wrote ${JSON.stringify(text)}`);
  }
}

Deno.test("names of files and runs do nothing to a terminal", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 8);
    const [image, mask] = ["benign/benign (1).png", "benign/benign (1)_mask.png"];
    for (const name of NAMES) {
      Deno.copyFileSync(`${data}/${image}`, `${data}/benign/${name}.png`);
      Deno.copyFileSync(`${data}/${mask}`, `${data}/benign/${name}_mask.png`);
      Deno.mkdirSync(`${data}/runs/${name}`, { recursive: true });
    }
    const small = ["--size", "32", "--base-channels", "2", "--epochs", "1"];
    const trained = await run("train", data, ...small, "--name", "a");
    assertEquals(trained.code, 0, trained.stderr);
    assertHarmless("train", trained);

    const inspected = await run("inspect", data);
    assertHarmless("inspect", inspected);
    assertStringIncludes(inspected.stdout, "a\\x1b]52;c;aGk=\\x07.png");
    assertStringIncludes(inspected.stdout, "c\\nerror: forged.png");

    for (const name of NAMES) Deno.writeTextFileSync(`${data}/benign/${name} broken.png`, "x");
    const predicted = await run("predict", data, "benign");
    assertEquals(predicted.code, 2);
    assertHarmless("predict", predicted);
    assertStringIncludes(predicted.stdout, "d\\u202egnp.png: ");
    assertStringIncludes(predicted.stderr, "error: benign/c\\nerror: forged broken.png");

    const missing = await run("verify", data, "none");
    assertHarmless("verify", missing);
    assertStringIncludes(missing.stderr, "e\\x9b2J");
  }));

Deno.test("only the two files of the terminal write to the streams", () => {
  const writers = [...libraryFiles()].filter((path) =>
    /^(?! \*).*(\bconsole\.|Deno\.std(out|err))/m.test(Deno.readTextFileSync(path))
  );
  assertEquals(writers.sort(), ["lib/cli/terminal/exit.ts", "lib/cli/terminal/say.ts"]);
});
