/**
 * Writes a page that outlines lesions with a model: one HTML file for a browser.
 *
 * @module
 */
import { DeviceError, InputError } from "../core/errors.ts";
import { folderName, withoutEnding } from "../core/paths.ts";
import { command, sentence, setting } from "../core/sentence.ts";
import { type Model, modelOf } from "../model/model_file.ts";
import { namedFiles } from "../store/named_files.ts";
import type { Folders } from "../store/store.ts";
import { TITLE, webPage } from "../webpage/page.ts";
import { folderBeside, modelFile, newestModel, runOf } from "./find_model.ts";

/** The page that is asked for. */
export interface PageRequest extends Folders {
  /** The name of a run, or a model file. Default: the newest run. */
  readonly source?: string | undefined;
  /** The file to write; by default `page.html` in the run, or beside a model of no run. */
  readonly out?: string | undefined;
}

/** The page that was written. */
export interface WrittenPage {
  readonly model: Model;
  /** Relative to the output directory. */
  readonly path: string;
  /** The size of the file in bytes, and what of it is no weights. */
  readonly bytes: number;
  readonly bytesWithoutModel: number;
}

/** The largest model of a page: what browsers take as one text is about twice as much. */
const MOST_MODEL_BYTES = 350e6;

/**
 * Writes a page with a model. A page of an earlier call is replaced.
 *
 * @throws {InputError} if there is no such model, it is too large, or the name is that of
 *   something else.
 */
export async function writePage(
  { data, output = data, source, out }: PageRequest,
  note: (text: string) => void = () => {},
): Promise<WrittenPage> {
  const named = source === undefined
    ? await newestModel(output, note)
    : await modelFile({ data, output }, source);
  const files = namedFiles(data, output);
  const modelPath = files.relative(named);
  const file = await files.readFile(modelPath);
  if (file.length > MOST_MODEL_BYTES) {
    throw new InputError(
      `${modelPath} has ${file.length} bytes; a page can hold ${MOST_MODEL_BYTES}: ` +
        `take the run's best.safetensors, which has no state of the optimiser`,
    );
  }
  const model = await modelOf(file, modelPath);
  const run = runOf(model.path);
  const besides = run === undefined ? `${withoutEnding(model.path)}.html` : "page.html";
  const path = output.relative(
    out ?? (run === undefined ? besides : folderBeside(model.path, besides)),
  );
  await checkPath(output, path);
  const program = await builtProgram();
  const text = await webPage({ model, file, program, name: run ?? model.path });
  await output.makeFolder(folderName(path));
  await output.writeFile(path, text);
  const bytes = new TextEncoder().encode(text).length;
  return { model, path, bytes, bytesWithoutModel: bytes - file.toBase64().length };
}

/** The program of all pages. It is part of the module graph, so it needs no permission. */
async function builtProgram(): Promise<Uint8Array> {
  try {
    const built = await import("../webpage/build/page.deflate", { with: { type: "bytes" } });
    return built.default;
  } catch (cause) {
    throw new DeviceError(
      sentence`the program of the page is not built, for Deno could not fetch its bundler; run
        ${command("setup")} once with a network`,
      { cause },
    );
  }
}

/** A page has its title among these first bytes. */
const START_BYTES = 4096;

/** Refuses a name that is not a page's, and a file that no page is. */
async function checkPath(output: Folders["data"], path: string): Promise<void> {
  if (!/\.html?$/i.test(path)) {
    throw new InputError(
      sentence`${setting("out", path)} is no name of a page; give one that ends with .html`,
    );
  }
  const kind = await output.kindOf(path);
  if (kind === undefined) return;
  const start = kind === "file"
    ? new TextDecoder().decode(await output.readStart(path, START_BYTES))
    : "";
  if (start.includes(`<title>${TITLE}`)) return;
  throw new InputError(
    sentence`${path} exists and is no page of a model; give another file with ${setting("out")}`,
  );
}
