/**
 * The allow-list for pickles of torch.save: the few constructors that rebuild tensors.
 *
 * A tensor is pickled as a call of `torch._utils._rebuild_tensor_v2` on a storage (a flat array, by
 * key), an offset, sizes and strides. The storage is a persistent id that names its element type,
 * key and length. Sources: torch/_utils.py, torch/serialization.py.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { elementCount } from "../core/tensor.ts";
import type { PickleRules } from "./pickle.ts";
import {
  describe,
  PickleDict,
  PickleGlobal,
  PickleList,
  PickleObject,
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

const ORDERED_DICT = "collections.OrderedDict";
const REBUILD_V2 = "torch._utils._rebuild_tensor_v2";
const REBUILD_V1 = "torch._utils._rebuild_tensor";
const REBUILD_PARAMETER = "torch._utils._rebuild_parameter";
const SIZE = "torch.Size";
/** Learning rate schedules store their milestones in a Counter. */
const COUNTER = "collections.Counter";
const CALLABLE = new Set([ORDERED_DICT, REBUILD_V2, REBUILD_V1, REBUILD_PARAMETER, SIZE, COUNTER]);

/** The rules for one file. They collect the storages that it names. */
export class TorchRules implements PickleRules {
  readonly storages = new Map<string, TorchStorage>();

  checkGlobal(name: string): void {
    if (CALLABLE.has(name) || isStorageType(name)) return;
    throw new InputError(
      `it asks for ${
        name.slice(0, 100)
      }, which no list of tensors needs and which could run code, so it ` +
        `is not read; in PyTorch, save model.state_dict() alone`,
    );
  }

  call(name: string, args: readonly PickleValue[]): PickleValue {
    switch (name) {
      case ORDERED_DICT:
        return orderedDict(args);
      case REBUILD_V2:
        // requires_grad, backward hooks and, in newer files, flags such as "negated" follow.
        if (args.length < 4 || args.length > 7 || !args.slice(4).every(isHarmless)) {
          throw new InputError("a tensor in it has hooks or flags, which cannot be read");
        }
        return tensorOf(args);
      case REBUILD_V1:
        return tensorOf(args);
      case REBUILD_PARAMETER:
        if (
          args.length === 3 && args[0] instanceof TorchTensor && args.slice(1).every(isHarmless)
        ) {
          return args[0];
        }
        throw new InputError("a parameter in it is not made from a tensor alone");
      case COUNTER:
        if (args.length === 1 && args[0] instanceof PickleDict) return args[0];
        throw new InputError("it makes a Counter from something that is no dict");
      case SIZE:
        return new PickleTuple(args.length === 1 ? itemsOf(args[0]) ?? [] : []);
    }
    throw new InputError(`it calls ${name}, which is not a function`);
  }

  /**
   * Reads a persistent id: ("storage", class, key, device, element count), in the legacy format
   * followed by a view, None.
   */
  persistent(id: PickleValue): PickleValue {
    const [kind, type, key, , count, view = null] = id instanceof PickleTuple ? id.items : [];
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

/** Messages begin with "it"; the caller adds the name. */
function tensorOf(args: readonly PickleValue[]): TorchTensor {
  const [storage, offset, shapeValue, stridesValue] = args;
  const [shape, strides] = [itemsOf(shapeValue), itemsOf(stridesValue)];
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
  if (shape.length !== strides.length || shape.length > MOST_AXES) {
    throw new InputError(`${what} does not have one stride for each of at most ${MOST_AXES} axes`);
  }
  const isEmpty = shape.includes(0);
  const last = shape.reduce((at, extent, axis) => at + (extent - 1) * strides[axis], offset);
  // A product beyond 2^53 is rounded, but always exceeds the length of any storage.
  if (
    isEmpty ? offset > storage.count : last >= storage.count || elementCount(shape) > storage.count
  ) {
    throw new InputError(
      `${what} at offset ${offset} leaves its storage of ${storage.count} elements`,
    );
  }
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

function itemsOf(value: PickleValue): readonly PickleValue[] | undefined {
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
