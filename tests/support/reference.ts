/**
 * The reference cases of one JSON file, from every folder that contains it.
 *
 * @module
 */
import type { Tensors } from "../../lib/core/tensor.ts";
import { caseTensors, foldersWith, loadJson, loadTensors } from "./reference_data.ts";

/** One case of a reference file. */
export interface ReferenceCase {
  /** The source and the name of the case, for the name of a test. */
  readonly title: string;
  readonly name: string;
  /** The folder of its JSON file. */
  readonly folder: string;
  // deno-lint-ignore no-explicit-any
  readonly params: any;
  readonly inputs: readonly string[];
  readonly expected: Readonly<Record<string, { readonly atol: number; readonly shape: number[] }>>;
  /** Reads the tensors of this case, by their names in the case. */
  tensors(): Tensors;
}

type Description = Pick<ReferenceCase, "params" | "inputs" | "expected">;

interface Book {
  readonly file: string;
  readonly cases: Readonly<Record<string, Description>>;
}

/** The cases of `path` (without ".json") in every reference folder that contains it. */
export function referenceCases(path: string): ReferenceCase[] {
  const parent = path.replace(/[^/]*$/, "");
  return foldersWith(`${path}.json`).flatMap((root) => {
    const { file, cases } = loadJson<Book>(root, `${path}.json`);
    let all: Tensors | undefined;
    return Object.entries(cases).map(([name, { params, inputs, expected }]) => ({
      title: `${root.label} ${path}: ${name}`,
      name,
      folder: `${root.path}/${parent}`.replace(/\/$/, ""),
      params,
      inputs,
      expected,
      tensors: () => caseTensors(all ??= loadTensors(root, parent + file), name),
    }));
  });
}
