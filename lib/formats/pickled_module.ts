/**
 * Reads the tensors of a whole model that was pickled as an object (`torch.save(model)`), as far as
 * it is plain: a `torch.nn.Module` keeps its parameters, buffers and inner modules in three dicts.
 * The classes are not needed for that.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { attributesOf, dictIn, PickleOpaque, type PickleValue } from "./pickle_values.ts";
import { unusualLayer } from "./pickled_layer.ts";
import { TorchTensor } from "./torch_pickle.ts";

/** The most modules and tensors. Modules may be shared, so that few can stand for very many. */
const MOST_ENTRIES = 100_000;
/** The deepest nesting of modules. */
const MOST_DEPTH = 50;
/** The longest name of a tensor, in characters. */
const MOST_NAME = 1000;

/** What is read of a pickled module. */
export interface ModuleContents {
  /** Its state_dict. */
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** Layers that compute something else than the U-Net's, by name: what they are. */
  readonly unusual: ReadonlyMap<string, string>;
}

/** The contents of a pickled module; `undefined` for another object. */
export function moduleContents(root: PickleOpaque): ModuleContents | undefined {
  if (!isModule(root)) return undefined;
  const tensors = new Map<string, TorchTensor>();
  const unusual = new Map<string, string>();
  let count = 0;
  const visit = (module: PickleOpaque, prefix: string, depth: number): void => {
    const entriesOf = (name: string) => {
      const entries = namedEntries(module, name);
      count += 1 + entries.length;
      if (count > MOST_ENTRIES || depth > MOST_DEPTH) {
        throw new InputError(
          `it holds a model of more than ${MOST_ENTRIES} parts, or nested deeper than ` +
            `${MOST_DEPTH} modules; in PyTorch, save model.state_dict()`,
        );
      }
      if (entries.some(([part]) => prefix.length + part.length > MOST_NAME)) {
        throw new InputError(`it holds a model with names of more than ${MOST_NAME} characters`);
      }
      return entries;
    };
    for (const kind of ["_parameters", "_buffers"]) {
      for (const [name, value] of entriesOf(kind)) {
        if (value instanceof TorchTensor) tensors.set(prefix + name, value);
      }
    }
    for (const [name, inner] of entriesOf("_modules")) {
      if (inner instanceof PickleOpaque && isModule(inner)) {
        const what = unusualLayer(inner);
        if (what !== undefined) unusual.set(prefix + name, what);
        visit(inner, `${prefix}${name}.`, depth + 1);
      }
    }
  };
  visit(root, "", 0);
  return { tensors, unusual };
}

function isModule(value: PickleOpaque): boolean {
  const attributes = attributesOf(value);
  return ["_parameters", "_buffers", "_modules"].every((name) =>
    dictIn(attributes?.get(name)) !== undefined
  );
}

/** The entries of one of a module's dicts, under their names. */
function namedEntries(module: PickleOpaque, name: string): [string, PickleValue][] {
  const dict = dictIn(attributesOf(module)?.get(name));
  if (dict === undefined) return [];
  return dict.keys.flatMap((key, i): [string, PickleValue][] =>
    typeof key === "string" ? [[key, dict.values[i]]] : []
  );
}
