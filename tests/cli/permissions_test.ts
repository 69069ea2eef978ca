import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { flagsOf, run, runScript } from "../support/program.ts";
import { writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder, link } from "../support/temporary.ts";

const TASKS = [
  "demo",
  "train",
  "predict",
  "inspect",
  "merge",
  "report",
  "evaluate",
  "compare",
  "import",
  "export",
  "page",
  "phantoms",
];

Deno.test("the tasks read the data and the output directory, write the second, and nothing else", () => {
  for (const task of TASKS) {
    assertEquals(flagsOf(task, "DATA", "OUT"), [
      "run",
      "--no-prompt",
      "--cached-only",
      "--no-remote",
      "--allow-read=DATA,OUT",
      "--allow-write=OUT",
    ], task);
  }
});

Deno.test("verify and runs may read and write nothing, help may do neither", () => {
  const flags = flagsOf("train", "DATA").filter((flag) => !flag.startsWith("--allow-write"));
  for (const task of ["verify", "runs"]) assertEquals(flagsOf(task, "DATA"), flags);
  const none = flags.filter((flag) => !flag.startsWith("--allow"));
  assertEquals(flagsOf("help", ""), none);
});

/** What is tried, and what must stand in its way. */
const FORBIDDEN: Record<string, readonly [code: string, reason: string]> = {
  "reading elsewhere": [`await Deno.readTextFile("/etc/hostname")`, "NotCapable"],
  "reading the project": [`await Deno.readTextFile("deno.json")`, "NotCapable"],
  "listing elsewhere": [`Array.from(Deno.readDirSync("/"))`, "NotCapable"],
  "writing elsewhere": [`await Deno.writeTextFile("tests/temporary/planted", "x")`, "NotCapable"],
  "the environment": [`Deno.env.get("HOME")`, "NotCapable"],
  "the network": [`await fetch("http://127.0.0.1:8080/")`, "NotCapable"],
  "another program": [`await new Deno.Command("true").output()`, "NotCapable"],
  "native code": [`Deno.dlopen("libc.so.6", {})`, "NotCapable"],
  "a computed import of a package": [
    `await import("npm:" + "is-odd" + "@3.0.1")`,
    "--cached-only is specified",
  ],
  "a computed import of an address": [
    `await import("https:" + "//deno.land/std/version.ts")`,
    "--no-remote is specified",
  ],
};

for (const [what, [code, reason]] of Object.entries(FORBIDDEN)) {
  Deno.test(`the tasks' flags forbid ${what}`, () =>
    inTemporaryFolder(async (data) => {
      const { code: exit, stdout, stderr } = await runScript(
        data,
        `console.log("before"); ${code}; console.log("after");`,
      );
      assertEquals(stdout, "before\n", stderr);
      assert(exit !== 0);
      assertStringIncludes(stderr, reason);
    }));
}

Deno.test("the tasks' flags allow the data directory", () =>
  inTemporaryFolder(async (data) => {
    const script = `const path = ${JSON.stringify(`${data}/a`)};
      await Deno.writeTextFile(path, "x"); console.log(await Deno.readTextFile(path));`;
    assertEquals((await runScript(data, script)).stdout, "x\n");
  }));

Deno.test("train refuses links that leave the data directory, for reading and for writing", () =>
  inTemporaryFolder(async (folder) => {
    const data = `${folder}/data`;
    const outside = `${folder}/outside`;
    Deno.mkdirSync(outside);
    writeSmallData(data, 6);
    const image = `${data}/benign/benign (1).png`;
    Deno.renameSync(image, `${outside}/image.png`);
    link(`${outside}/image.png`, image);
    const read = await run("train", data, "--size", "32", "--base-channels", "2", "--epochs", "1");
    assertEquals(read.code, 2);
    assertStringIncludes(read.stderr, "benign/benign (1).png");
    assertStringIncludes(read.stderr, "leaves the data directory");

    Deno.removeSync(image);
    Deno.renameSync(`${outside}/image.png`, image);
    link(outside, `${data}/runs`);
    const write = await run("train", data, "--size", "32", "--base-channels", "2", "--epochs", "1");
    assertEquals(write.code, 2);
    assertStringIncludes(write.stderr, "leaves the data directory");
    assertEquals([...Deno.readDirSync(outside)], []);
  }));
