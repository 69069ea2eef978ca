import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Ended } from "../support/program.ts";
import { writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

type Tasks = Record<string, { command: string; dependencies?: readonly string[] }>;

const { tasks }: { tasks: Tasks } = JSON.parse(Deno.readTextFileSync("deno.json"));
const PROJECT = Deno.cwd();

/** The tasks that read or write data. */
const DATA_TASKS = Object.entries(tasks).filter(([, { command }]) => command.includes("--data"));

const SMALL = ["--size", "32", "--base-channels", "2", "--epochs", "1", "--device", "cpu"];

/** Writes a deno.json with other commands. */
function writeTasks(folder: string, commandOf: (task: string) => string): void {
  const names = DATA_TASKS.map(([name]) => name);
  const changed = Object.fromEntries(names.map((name) => [name, commandOf(tasks[name].command)]));
  Deno.writeTextFileSync(`${folder}/deno.json`, JSON.stringify({ tasks: changed }));
}

/** Runs `deno task` in a folder with these variables and no others that count. */
async function task(
  cwd: string,
  variables: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<Ended> {
  const { DENO_DIR, HOME } = Deno.env.toObject();
  const env = { ...(DENO_DIR && { DENO_DIR }), ...(HOME && { HOME }), NO_COLOR: "1", ...variables };
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", ...args],
    cwd,
    clearEnv: true,
    env,
  }).output();
  const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: out, stderr: errors };
}

Deno.test("no task uses a command that Deno's own shell lacks, as it has no `[`", () => {
  for (const [name, { command }] of Object.entries(tasks)) {
    assert(!/(^|[;&|(]\s*)\[\s/.test(command), name);
  }
});

Deno.test("the tasks with data have one shape", () => {
  const shape = (command: string, name: string) =>
    command.replace(`main.ts" ${name} `, 'main.ts" TASK ').replace(' --allow-write="$OUT_DIR"', "");
  const shapes = new Set(DATA_TASKS.map(([name, { command }]) => shape(command, name)));
  assertEquals(shapes.size, 1, [...shapes].join("\n"));
});

Deno.test("what the tasks do before they start Deno needs no program: it runs with an empty PATH", () =>
  inTemporaryFolder(async (folder) => {
    const shown = ["$DATA_DIR", "$OUT_DIR", "$XDG_RUNTIME_DIR", "$SONOSEG", "$PWD"].join("|");
    writeTasks(folder, (command) => command.replace(/deno run .*$/, `echo "${shown}"`));
    Deno.mkdirSync(`${folder}/user`);
    for (const [name] of DATA_TASKS) {
      const bare = await task(`${folder}/user`, { PATH: "" }, name);
      assertEquals(bare.stderr, "", name);
      assertEquals(bare.stdout, `./data|./data|/dev/null|${folder}|${folder}/user\n`, name);
    }
    const [[name]] = DATA_TASKS;
    const given = { PATH: "", DATA_DIR: "a b", OUT_DIR: "c", XDG_RUNTIME_DIR: "/run" };
    assertEquals(
      (await task(`${folder}/user`, given, name)).stdout,
      `a b|c|/run|${folder}|${folder}/user\n`,
    );
    assertEquals(
      (await task(`${folder}/user`, { PATH: "", DATA_DIR: "$(echo x)" }, name)).stdout.split(
        "|",
      )[1],
      "$(echo x)",
    );
  }));

Deno.test("relative directories are those of the folder the user stands in", () =>
  inTemporaryFolder(async (folder) => {
    const [clone, user] = [`${folder}/clone`, `${folder}/user`];
    for (const path of [clone, user, `${clone}/data`]) Deno.mkdirSync(path);
    writeSmallData(`${user}/images`, 6);
    // As the tasks of the project, but without its set-up.
    writeTasks(clone, (command) => command.replace('SONOSEG="$PWD"', `SONOSEG="${PROJECT}"`));
    const where = [["--config", `${clone}/deno.json`], ["--cwd", clone]];
    for (const [number, options] of where.entries()) {
      const variables = { DATA_DIR: "./images", OUT_DIR: `results ${number}` };
      const trained = await task(user, variables, ...options, "train", ...SMALL, "--name", "a");
      assertEquals(trained.code, 0, trained.stderr);
      assertStringIncludes(trained.stdout, `${user}/results ${number}/runs/a`);
      assert(Deno.statSync(`${user}/results ${number}/runs/a/best.safetensors`).isFile);
    }
    const entries = [...Deno.readDirSync(`${user}/images`)].map(({ name }) => name).sort();
    assertEquals(entries, ["benign", "malignant", "normal"]);
    const inside = await task(`${user}/images`, { DATA_DIR: "." }, ...where[0], "verify", "a");
    assertStringIncludes(inside.stderr, "there is no run yet");
    const nothing = await task(user, {}, ...where[0], "train", ...SMALL);
    assertEquals(nothing.code, 2);
    assertStringIncludes(nothing.stderr, `there is no data directory ${user}/data;`);
  }));

Deno.test("a deno.json in the folder of the user is not the program's", () =>
  inTemporaryFolder(async (folder) => {
    const [clone, user] = [`${folder}/clone`, `${folder}/user`];
    for (const path of [clone, user, `${user}/data`]) Deno.mkdirSync(path);
    writeTasks(clone, (command) => command.replace('SONOSEG="$PWD"', `SONOSEG="${PROJECT}"`));
    Deno.writeTextFileSync(`${user}/deno.json`, `{ "imports": { "commander": "./other.ts" }, `);
    const { stderr } = await task(user, {}, "--config", `${clone}/deno.json`, "verify", "a");
    assertEquals(stderr, "error: there is no run a in runs/; there is no run yet\n");
  }));
