/**
 * Builds build/page.deflate: all that a page computes with, worker.ts and what it imports, as one
 * classic script, deflated. It does nothing while the sources are unchanged and the result is
 * whole. `deno task setup` runs it, and Deno fetches its bundler, esbuild, at the first time. It
 * needs permission to read the project, to write the folder and to run Deno.
 *
 * @module
 */
import charlsScript from "@cornerstonejs/codec-charls/decodewasmjs" with { type: "text" };
import turboScript from "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs" with {
  type: "text",
};
import openjpegScript from "@cornerstonejs/codec-openjpeg/decodewasmjs" with { type: "text" };
import { zlibSync } from "fflate";

const BUILD = "lib/webpage/build";
const PROGRAM = `${BUILD}/page.deflate`;
/** Two hashes, a line each: of the sources, and of the program. */
const STAMP = `${BUILD}/build.sha256`;
/** What the bundle may be made of. */
const SOURCES = [
  "lib",
  "kernels_as/build",
  "kernels_wgsl",
  "deno.json",
  "deno.lock",
];

const sources = await hashOfSources();
if (!await isUpToDate()) await build();

async function build(): Promise<void> {
  Deno.mkdirSync(BUILD, { recursive: true });
  const script = await bundled();
  if (script === undefined) {
    remove(PROGRAM);
    return console.error(
      "warning: the task page will not work, for Deno could not fetch its bundler, esbuild; run " +
        "the task setup again with a network",
    );
  }
  // A page's scripts may not make functions of texts, so the scripts of decoders come as they are
  // (image/codecs/unpack_codec.js).
  const text = [charlsScript, openjpegScript, turboScript, script].join("\n");
  const program = zlibSync(new TextEncoder().encode(text), { level: 9 });
  put(PROGRAM, program);
  put(STAMP, new TextEncoder().encode(`${sources}\n${await sha256(program)}\n`));
  console.error(`Built ${PROGRAM}: ${program.length} bytes`);
}

/** worker.ts and its imports as one script; `undefined` where Deno cannot fetch its bundler. */
async function bundled(): Promise<string | undefined> {
  const config = `${BUILD}/bundle.${Deno.pid}.json`;
  const output = `${BUILD}/worker.${Deno.pid}.js`;
  try {
    Deno.writeTextFileSync(config, JSON.stringify(configOfBundle()));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["bundle", "--quiet", "--no-lock", "--no-remote", "--config", config],
        ...["--platform", "browser", "--format", "iife", "--minify", "--output", output],
        "lib/webpage/worker.ts",
      ],
    }).output();
    const words = new TextDecoder().decode(stderr);
    if (!success && words.includes("esbuild") && words.includes("Failed loading")) return undefined;
    if (!success) throw new Error(`deno bundle fails: ${words}`);
    return Deno.readTextFileSync(output);
  } finally {
    for (const path of [config, output]) remove(path);
  }
}

/**
 * The imports of the project, with exceptions. A page has no node:zlib. The others are texts: of
 * decoders, see above, and for workers of workers, which a page does not start.
 */
function configOfBundle() {
  const { imports, unstable } = JSON.parse(Deno.readTextFileSync("deno.json"));
  const inProject = (path: string) => `file://${Deno.cwd()}/${path}`;
  const absolute = Object.entries<string>(imports).map(([name, target]) =>
    [name, target.startsWith("./") ? inProject(target.slice(2)) : target] as const
  );
  return {
    unstable,
    nodeModulesDir: "none",
    imports: {
      ...Object.fromEntries(absolute),
      "node:zlib": inProject("lib/webpage/zlib.ts"),
      "fflate/browser": inProject("lib/webpage/nothing.js"),
      ...Object.fromEntries(
        ["charls", "libjpeg-turbo-8bit", "openjpeg"].map((
          codec,
        ) => [`@cornerstonejs/codec-${codec}/decodewasmjs`, inProject("lib/webpage/nothing.js")]),
      ),
    },
  };
}

/** The hash of everything on which the program may depend. */
async function hashOfSources(): Promise<string> {
  const hashes = [Deno.version.deno];
  for (const path of SOURCES) {
    for (const file of filesIn(path)) hashes.push(file, await sha256(Deno.readFileSync(file)));
  }
  return await sha256(new TextEncoder().encode(hashes.join("\n")));
}

function* filesIn(path: string): Generator<string> {
  if (Deno.statSync(path).isFile) return yield path;
  const entries = [...Deno.readDirSync(path)].sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name } of entries) {
    if (`${path}/${name}` !== BUILD) yield* filesIn(`${path}/${name}`);
  }
}

async function isUpToDate(): Promise<boolean> {
  try {
    const program = Deno.readFileSync(PROGRAM);
    return Deno.readTextFileSync(STAMP) === `${sources}\n${await sha256(program)}\n`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Writes a file beside its final name and renames it, so that several builds do not mix. */
function put(path: string, bytes: Uint8Array): void {
  const partial = `${path}.${Deno.pid}.partial`;
  Deno.writeFileSync(partial, bytes);
  Deno.renameSync(partial, path);
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
