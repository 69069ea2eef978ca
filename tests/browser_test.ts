/**
 * Network, engine, formats and the loop's arithmetic must run in a browser page: no `Deno.*`, no
 * `node:` module, no type beyond those of the DOM. Proved on tests/support/browser_entry.ts, which
 * imports them all.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createCpuEngine } from "../lib/engine/cpu/engine.ts";
import { graphOf } from "../lib/network/architectures.ts";
import { initialWeights } from "../lib/network/weights.ts";
import { planPrediction } from "../lib/plan/planners.ts";
import { filesOf } from "./support/small_data.ts";
import { inTemporaryFolder } from "./support/temporary.ts";

const ENTRY = "tests/support/browser_entry.ts";
const FOLDERS = ["lib/network", "lib/plan", "lib/engine", "lib/formats"];

async function deno(...args: string[]) {
  const command = new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("the browser's part imports all of its folders, and nothing of Deno or Node", async () => {
  const { stdout, stderr } = await deno("info", "--json", "--no-lock", "--no-remote", ENTRY);
  assert(stdout !== "", stderr);
  const root = `file://${Deno.cwd()}/`;
  const imported: string[] = JSON.parse(stdout).modules.map(
    ({ specifier }: { specifier: string }) => specifier.replace(root, ""),
  );
  const foreign = imported.filter((path) =>
    !/^(lib\/|kernels_as\/build\/|kernels_wgsl\/|tests\/support\/|npm:)/.test(path)
  );
  assertEquals(foreign, []);
  const sources = FOLDERS.flatMap((folder) =>
    [...filesOf(folder).keys()].map((file) => `${folder}/${file}`)
  ).filter((path) => /\.(ts|js)$/.test(path));
  const missing = sources.filter((path) => !imported.includes(path));
  assertEquals(missing, [], `add these to ${ENTRY}`);
});

Deno.test("the browser's part needs no types but the DOM's and WebGPU's", () =>
  inTemporaryFolder(async (folder) => {
    const { imports, unstable } = JSON.parse(Deno.readTextFileSync("deno.json"));
    const absolute = Object.entries(imports as Record<string, string>).map((
      [name, target],
    ) => [name, target.replace(/^\.\//, `file://${Deno.cwd()}/`)]);
    const config = {
      unstable,
      nodeModulesDir: "none",
      compilerOptions: { lib: ["dom", "dom.iterable", "dom.asynciterable", "esnext"] },
      imports: Object.fromEntries(absolute),
    };
    Deno.writeTextFileSync(`${folder}/deno.json`, JSON.stringify(config));
    const check = (file: string) =>
      deno("check", "--no-lock", "--no-remote", "--config", `${folder}/deno.json`, file);
    const { code, stderr } = await check(ENTRY);
    assertEquals(code, 0, stderr);
    // The check can fail.
    Deno.writeTextFileSync(`${folder}/wrong.ts`, "export const folder: string = Deno.cwd();");
    assertStringIncludes((await check(`${folder}/wrong.ts`)).stderr, "Cannot find name 'Deno'");
  }));

Deno.test("the browser's part, bundled, computes without Deno", async (test) =>
  await inTemporaryFolder(async (folder) => {
    const bundle = `${folder}/bundle.js`;
    const bundled = await deno(
      ...["bundle", "--platform", "browser", "--no-lock", "--no-remote", "--output", bundle, ENTRY],
    );
    // Deno fetches its bundler at the first use, and a machine may have no network.
    const unreachable = bundled.stderr.includes("esbuild") &&
      bundled.stderr.includes("Failed loading");
    await test.step({
      name: "bundle",
      ignore: unreachable,
      async fn() {
        assertEquals(bundled.code, 0, bundled.stderr);
        const text = Deno.readTextFileSync(bundle);
        const foreign = text.match(/.{0,40}(\bnode:|\bDeno\.|\bprocess\.|\bBuffer\.).{0,40}/);
        assertEquals(foreign?.[0], undefined);

        // A page that is a file has no SharedArrayBuffer, either.
        const page = `for (const name of ["Deno", "process", "Buffer", "SharedArrayBuffer"]) {
            delete globalThis[name];
          }
          const sonoseg = await import("file://${bundle}");
          console.log(JSON.stringify(await (${firstLogits})(sonoseg)));`;
        Deno.writeTextFileSync(`${folder}/page.js`, page);
        const ran = await deno("run", "--no-lock", `--allow-read=${folder}`, `${folder}/page.js`);
        assertEquals(ran.code, 0, ran.stderr);
        const expected = await firstLogits({
          createCpuEngine,
          graphOf,
          initialWeights,
          planPrediction,
        });
        assertEquals(JSON.parse(ran.stdout), expected);
      },
    });
  }));

/**
 * Some logits of a small network. Its text also runs in the page, so it uses its argument alone.
 */
async function firstLogits({ createCpuEngine, graphOf, initialWeights, planPrediction }: Sonoseg) {
  const network = { inChannels: 1, classes: 1, base: 4, bilinear: false };
  const plan = planPrediction(graphOf(network), {
    n: 1,
    width: 32,
    height: 32,
    mean: 0.5,
    std: 0.25,
  });
  const engine = await createCpuEngine({ threads: 2 });
  const predictor = await engine.predictor(plan, initialWeights(graphOf(network), 1));
  const logits = await predictor.run(new Uint8Array(32 * 32).fill(100), 1);
  engine.close();
  return Array.from(logits.subarray(0, 5));
}

interface Sonoseg {
  readonly createCpuEngine: typeof createCpuEngine;
  readonly graphOf: typeof graphOf;
  readonly initialWeights: typeof initialWeights;
  readonly planPrediction: typeof planPrediction;
}
