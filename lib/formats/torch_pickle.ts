/**
 * The rules for pickles of torch.save: the few constructors that rebuild tensors. Whatever else a
 * training script stores, such as its options or figures, stays opaque.
 *
 * A tensor is pickled as a call of `torch._utils._rebuild_tensor_v2` on a storage (a flat array, by
 * key), an offset, sizes and strides. The storage is a persistent id that names its element type,
 * key and length. Sources: torch/_utils.py, torch/serialization.py.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { elementCount } from "../core/tensor.ts";
import { refuseDangerousGlobal } from "./dangerous_globals.ts";
import type { PickleRules } from "./pickle.ts";
import {
  describe,
  PickleDict,
  PickleGlobal,
  PickleList,
  PickleObject,
  PickleOpaque,
  PickleTuple,
  type PickleValue,
} from "./pickle_values.ts";

/** Element sizes in bytes by PyTorch's storage class. */
export const STORAGE_BYTES = {
  "torch.FloatStorage": 4,
  "torch.DoubleStorage": 8,
  "torch.HalfStorage": 2,
  "torch.BFloat16Storage": 2,
  "torch.LongStorage": 8,
  "torch.IntStorage": 4,
  "torch.ShortStorage": 2,
  "torch.CharStorage": 1,
  "torch.ByteStorage": 1,
  "torch.BoolStorage": 1,
  "torch.ComplexFloatStorage": 8,
  "torch.ComplexDoubleStorage": 16,
  "torch.QInt8Storage": 1,
  "torch.QUInt8Storage": 1,
  "torch.QInt32Storage": 4,
  "torch.UntypedStorage": 1,
  "torch.storage.UntypedStorage": 1,
} as const;

/** The name of a storage class. */
export type StorageType = keyof typeof STORAGE_BYTES;

/** A flat array in the file. */
export class TorchStorage extends PickleObject {
  readonly description = "a storage";

  constructor(readonly type: StorageType, readonly key: string, readonly count: number) {
    super();
  }

  /** The size of the whole storage, in bytes. */
  get bytes(): number {
    return this.count * STORAGE_BYTES[this.type];
  }
}

/** A view of a storage. It is checked to stay inside, and to have at most as many elements. */
export class TorchTensor extends PickleObject {
  readonly description = "a tensor";

  /** `offset` and `strides` count elements. */
  constructor(
    readonly storage: TorchStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {
    super();
  }
}

/** PyTorch's limit for axes. */
const MOST_AXES = 64;

/** The function that rebuilds a tensor. */
const REBUILD = "torch._utils._rebuild_tensor_v2";

/** Makes the value of a known call; `undefined` for arguments that no model has. */
type Constructor = (args: readonly PickleValue[]) => PickleValue | undefined;

const CONSTRUCTORS: Readonly<Record<string, Constructor>> = {
  "collections.OrderedDict": orderedDict,
  /** Learning rate schedules store their milestones in a Counter. */
  "collections.Counter": ([dict]) => dict instanceof PickleDict ? dict : undefined,
  "torch.Size": (args) => new PickleTuple(itemsOf(args[0]) ?? []),
  "torch._utils._rebuild_tensor": tensorOf,
  [REBUILD]: rebuildTensor,
  "torch._utils._rebuild_parameter": ([tensor, ...rest]) =>
    rest.length === 2 && rest.every(isHarmless) ? tensorIn(tensor) : undefined,
  // A parameter or tensor with attributes of its own.
  "torch._utils._rebuild_parameter_with_state": ([tensor]) => tensorIn(tensor),
  "torch._tensor._rebuild_from_type_v2": ([rebuild, , args]) =>
    rebuild instanceof PickleGlobal && rebuild.name === REBUILD && args instanceof PickleTuple
      ? rebuildTensor(args.items)
      : undefined,
};

function construct(name: string, args: readonly PickleValue[]): PickleValue | undefined {
  return Object.hasOwn(CONSTRUCTORS, name) ? CONSTRUCTORS[name](args) : undefined;
}

/** The rules for one file. They collect the storages that it names. */
export class TorchRules implements PickleRules {
  readonly storages = new Map<string, TorchStorage>();

  checkGlobal = refuseDangerousGlobal;
  call = construct;

  /**
   * Reads a persistent id: ("storage", class, key, device, element count), in the legacy format
   * followed by a view, None. A whole model in the legacy format has ("module", class, file, text).
   */
  persistent(id: PickleValue): PickleValue {
    const [kind, type, key, , count, view = null] = id instanceof PickleTuple ? id.items : [];
    if (kind === "module" && type instanceof PickleGlobal) return type;
    if (
      kind !== "storage" || !(type instanceof PickleGlobal) || !isStorageType(type.name) ||
      typeof key !== "string" || view !== null
    ) {
      throw new InputError("it refers to something outside itself that is no storage of a tensor");
    }
    if (!isSize(count)) {
      throw new InputError(
        `storage ${describe(key)} in it claims ${describe(count ?? null)} elements`,
      );
    }
    const known = this.storages.get(key);
    if (known === undefined) {
      const storage = new TorchStorage(type.name, key, count);
      this.storages.set(key, storage);
      return storage;
    }
    if (known.type !== type.name || known.count !== count) {
      throw new InputError(`storage ${describe(key)} in it has two different types or lengths`);
    }
    return known;
  }
}

/** requires_grad, backward hooks and, in newer files, flags such as "negated" follow the view. */
function rebuildTensor(args: readonly PickleValue[]): TorchTensor | PickleOpaque | undefined {
  if (args.length < 4 || args.length > 7 || !args.slice(4).every(isHarmless)) {
    throw new InputError("a tensor in it has hooks or flags, which cannot be read");
  }
  return tensorOf(args);
}

/**
 * The view that arguments describe; an opaque object if it has more elements than its storage.
 * Messages begin with "it"; the caller adds the name.
 */
function tensorOf(args: readonly PickleValue[]): TorchTensor | PickleOpaque | undefined {
  const [storage, offset, shapeValue, stridesValue] = args;
  // pickle.dump writes storages in another way.
  if (storage instanceof PickleOpaque) return undefined;
  const [shape, strides] = [itemsOf(shapeValue), itemsOf(stridesValue)];
  if (shape && strides && (shape.length !== strides.length || shape.length > MOST_AXES)) {
    throw new InputError(
      `a tensor in it of ${shape.length} axes and ${strides.length} strides does not have one ` +
        `stride for each of at most ${MOST_AXES} axes`,
    );
  }
  if (
    !(storage instanceof TorchStorage) || !isSize(offset) || !isSizes(shape) || !isSizes(strides)
  ) {
    throw new InputError(
      "a tensor in it is not described by a storage, an offset, sizes and strides (whole numbers, none negative)",
    );
  }
  const what = `a tensor in it of shape [${shape.slice(0, 8)}] and strides [${
    strides.slice(0, 8)
  }]`;
  const isEmpty = shape.includes(0);
  const last = shape.reduce((at, extent, axis) => at + (extent - 1) * strides[axis], offset);
  // A product beyond 2^53 is rounded, but always exceeds the length of any storage.
  if (isEmpty ? offset > storage.count : last >= storage.count) {
    throw new InputError(
      `${what} at offset ${offset} leaves its storage of ${storage.count} elements`,
    );
  }
  if (elementCount(shape) > storage.count) return new PickleOpaque("torch.Tensor.expand");
  return new TorchTensor(storage, offset, shape, strides);
}

/** Makes an OrderedDict: empty, or from pairs, as Python 2 wrote it. */
function orderedDict(args: readonly PickleValue[]): PickleDict {
  const dict = new PickleDict(true);
  const pairs = args.length === 0 ? [] : itemsOf(args[0]);
  for (const pair of pairs ?? [null]) {
    const items = itemsOf(pair);
    if (items?.length !== 2 || args.length > 1) {
      throw new InputError("it makes an OrderedDict from something that is no list of pairs");
    }
    dict.keys.push(items[0]);
    dict.values.push(items[1]);
  }
  return dict;
}

/** Whether a trailing argument has no effect: a flag, no hooks, no metadata. */
function isHarmless(value: PickleValue): boolean {
  return value === null || typeof value === "boolean" ||
    (value instanceof PickleDict && value.keys.length === 0);
}

function tensorIn(value: PickleValue | undefined): TorchTensor | undefined {
  return value instanceof TorchTensor ? value : undefined;
}

function itemsOf(value: PickleValue | undefined): readonly PickleValue[] | undefined {
  return value instanceof PickleTuple || value instanceof PickleList ? value.items : undefined;
}

function isStorageType(name: string): name is StorageType {
  return Object.hasOwn(STORAGE_BYTES, name);
}

function isSize(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isSizes(values: readonly PickleValue[] | undefined): values is readonly number[] {
  return values !== undefined && values.every(isSize);
}
