/**
 * The reference cases: a JSON file that describes cases, a .safetensors file with their tensors. The small
 * golden ones are part of the project; the whole set is used where it lies beside the project.
 *
 * @module
 */
import type { Tensors } from "../../lib/tensor.ts";
import { readTensors } from "./safetensors.ts";

const FOLDERS = ["tests/golden", "../shared/reference"];

/** One case of a reference file. */
export interface ReferenceCase {
  /** Where it comes from and its name: for the name of a test. */
  readonly title: string;
  readonly name: string;
  /** The folder of its JSON file. */
  readonly folder: string;
  // deno-lint-ignore no-explicit-any
  readonly params: any;
  readonly inputs: readonly string[];
  readonly expected: Readonly<Record<string, { readonly atol: number; readonly shape: number[] }>>;
  /** The tensors of this case, by their names in the case. */
  tensors(): Tensors;
}

/** The cases of `path` (without ".json") in every reference folder that has it. */
export function referenceCases(path: string): ReferenceCase[] {
  return FOLDERS.flatMap((root) => {
    const text = readIfThere(`${root}/${path}.json`);
    return text === undefined ? [] : casesOf(root, path, JSON.parse(text));
  });
}

// deno-lint-ignore no-explicit-any
function casesOf(root: string, path: string, description: any): ReferenceCase[] {
  const folder = `${root}/${path}`.replace(/\/[^/]*$/, "");
  let all: Tensors | undefined;
  return Object.entries<Omit<ReferenceCase, "title" | "name">>(description.cases).map(
    ([name, { params, inputs, expected }]) => ({
      title: `${root}/${path}: ${name}`,
      name,
      folder,
      params,
      inputs,
      expected,
      tensors() {
        all ??= readTensors(`${folder}/${description.file}`);
        const own = Object.entries(all).filter(([key]) => key.startsWith(`${name}/`));
        return Object.fromEntries(own.map(([key, value]) => [key.slice(name.length + 1), value]));
      },
    }),
  );
}

function readIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
