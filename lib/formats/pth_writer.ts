/**
 * Writes a state_dict as torch.save does: a zip archive that `torch.load` reads, also with
 * `weights_only`.
 *
 * The pickle is the simplest one for an OrderedDict of tensors: protocol 2 without memo.
 *
 * @module
 */
import { elementCount, type Tensor, type TensorData, type Tensors } from "../core/tensor.ts";
import type { StorageType } from "./torch_pickle.ts";
import { writeZip, type ZipFile } from "./zip_writer.ts";

/** The archive's folder; PyTorch accepts any name. */
const FOLDER = "archive";

/**
 * The bytes of a .pth file with an OrderedDict of `tensors`, in their order. float32 and float64,
 * uint8, int32 and int64 keep their type. Equal tensors and attributes give equal bytes.
 *
 * `attributes` are texts that become attributes of the OrderedDict, where PyTorch keeps its own
 * `_metadata`: they are no items, so `load_state_dict` never sees them.
 *
 * Throws `RangeError` for a tensor whose data does not fit its shape, `InputError` beyond 4 GiB.
 */
export function writePth(
  tensors: Tensors,
  attributes: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(tensors);
  const pickle = new PickleWriter();
  pickle.start();
  pickle.emptyOrderedDict();
  pickle.mark();
  for (const [index, [name, tensor]] of entries.entries()) {
    pickle.text(name);
    writeTensor(pickle, name, tensor, String(index));
  }
  pickle.setItems();
  pickle.attributes(attributes);
  const storages: ZipFile[] = entries.map(([, { data }], index) => ({
    name: `${FOLDER}/data/${index}`,
    bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }));
  const text = (name: string, content: string): ZipFile => ({
    name: `${FOLDER}/${name}`,
    bytes: new TextEncoder().encode(content),
  });
  return writeZip([
    { name: `${FOLDER}/data.pkl`, bytes: pickle.stop() },
    text("byteorder", "little"),
    ...storages,
    text("version", "3\n"),
  ]);
}

/**
 * A call of torch._utils._rebuild_tensor_v2: storage, offset, sizes, strides, requires_grad, hooks.
 */
function writeTensor(pickle: PickleWriter, name: string, tensor: Tensor, key: string): void {
  const { shape, data } = tensor;
  if (elementCount(shape) !== data.length) {
    throw new RangeError(
      `cannot write tensor ${name}: shape [${shape}] with ${data.length} elements`,
    );
  }
  pickle.global("torch._utils", "_rebuild_tensor_v2");
  pickle.mark();
  pickle.mark();
  pickle.text("storage");
  const [module, type] = storageTypeOf(data).split(".");
  pickle.global(module, type);
  pickle.text(key);
  pickle.text("cpu");
  pickle.wholeNumber(data.length);
  pickle.tuple();
  pickle.persistentId();
  pickle.wholeNumber(0);
  pickle.wholeNumbers(shape);
  pickle.wholeNumbers(shape.map((_, axis) => elementCount(shape.slice(axis + 1))));
  pickle.no();
  pickle.emptyOrderedDict();
  pickle.tuple();
  pickle.reduce();
}

function storageTypeOf(data: TensorData): StorageType {
  if (data instanceof Float32Array) return "torch.FloatStorage";
  if (data instanceof Float64Array) return "torch.DoubleStorage";
  if (data instanceof Uint8Array) return "torch.ByteStorage";
  if (data instanceof Int32Array) return "torch.IntStorage";
  return "torch.LongStorage";
}

/** Writes opcodes of protocol 2 (documented in Python's Lib/pickletools.py). */
class PickleWriter {
  readonly #bytes: number[] = [];

  start(): void {
    this.#bytes.push(0x80, 2); // PROTO
  }

  stop(): Uint8Array<ArrayBuffer> {
    this.#bytes.push(0x2e); // STOP
    return Uint8Array.from(this.#bytes);
  }

  mark(): void {
    this.#bytes.push(0x28); // MARK
  }

  tuple(): void {
    this.#bytes.push(0x74); // TUPLE
  }

  reduce(): void {
    this.#bytes.push(0x52); // REDUCE
  }

  setItems(): void {
    this.#bytes.push(0x75); // SETITEMS
  }

  persistentId(): void {
    this.#bytes.push(0x51); // BINPERSID
  }

  no(): void {
    this.#bytes.push(0x89); // NEWFALSE
  }

  emptyOrderedDict(): void {
    this.global("collections", "OrderedDict");
    this.#bytes.push(0x29); // EMPTY_TUPLE
    this.reduce();
  }

  /** Gives the object on top of the stack attributes. */
  attributes(texts: Readonly<Record<string, string>>): void {
    const entries = Object.entries(texts);
    if (entries.length === 0) return;
    this.#bytes.push(0x7d); // EMPTY_DICT
    this.mark();
    for (const entry of entries.flat()) this.text(entry);
    this.setItems();
    this.#bytes.push(0x62); // BUILD
  }

  global(module: string, name: string): void {
    this.#bytes.push(0x63, ...new TextEncoder().encode(`${module}\n${name}\n`)); // GLOBAL
  }

  text(text: string): void {
    const encoded = new TextEncoder().encode(text);
    this.#bytes.push(0x58); // BINUNICODE
    this.#littleEndian(encoded.length, 4);
    for (const byte of encoded) this.#bytes.push(byte);
  }

  /** A whole number from 0 to 2^53 - 1. */
  wholeNumber(value: number): void {
    if (value < 2 ** 31) {
      this.#bytes.push(0x4a); // BININT
      this.#littleEndian(value, 4);
    } else {
      this.#bytes.push(0x8a, 8); // LONG1
      this.#littleEndian(value, 8);
    }
  }

  wholeNumbers(values: readonly number[]): void {
    this.mark();
    for (const value of values) this.wholeNumber(value);
    this.tuple();
  }

  #littleEndian(value: number, bytes: number): void {
    for (let i = 0; i < bytes; i++) {
      this.#bytes.push(value % 256);
      value = Math.floor(value / 256);
    }
  }
}
