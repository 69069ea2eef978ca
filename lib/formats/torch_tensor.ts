/**
 * Makes a tensor from a view of a storage: row-major, in an element type of Sonoseg.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { elementCount, type Tensor, type TensorData } from "../core/tensor.ts";
import { widenBfloat16, widenFloat16 } from "./safetensors.ts";
import { STORAGE_BYTES, type StorageType, type TorchTensor } from "./torch_pickle.ts";

/**
 * Makes tensors and limits the copied bytes. Without the limit, many views of one storage could
 * take far more memory than the file has bytes.
 */
export class TensorMaker {
  #left: number;

  /** @param mostBytes The limit of copied bytes in total, counted in the file's element types. */
  constructor(mostBytes: number) {
    this.#left = mostBytes;
  }

  /**
   * The tensor of `view`; `storage` holds the bytes of its storage. Aligned row-major data is not
   * copied. Half precision and bfloat16 become float32, bool becomes uint8. Throws
   * {@linkcode InputError}, naming the tensor, for other element types and for copies beyond the
   * limit.
   */
  make(name: string, view: TorchTensor, storage: Uint8Array): Tensor {
    const { type } = view.storage;
    const elementBytes = STORAGE_BYTES[type];
    const count = elementCount(view.shape);
    let bytes: Uint8Array;
    if (isRowMajor(view)) {
      bytes = storage.subarray(view.offset * elementBytes, (view.offset + count) * elementBytes);
      const isWidened = type === "torch.HalfStorage" || type === "torch.BFloat16Storage";
      const isAligned = bytes.byteOffset % elementBytes === 0;
      if (isWidened || !isAligned) this.#spend(bytes.length);
      if (!isAligned) bytes = bytes.slice();
    } else {
      this.#spend(count * elementBytes);
      bytes = gather(view, storage, count);
    }
    return { shape: view.shape, data: decode(name, type, bytes) };
  }

  /** Throws at once if the copies of strided views would exceed the limit. */
  check(views: readonly TorchTensor[]): void {
    const copied = views.filter((view) => !isRowMajor(view));
    const bytes = copied.reduce(
      (sum, { shape, storage }) => sum + elementCount(shape) * STORAGE_BYTES[storage.type],
      0,
    );
    if (bytes > this.#left) throw tooLarge();
  }

  #spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw tooLarge();
  }
}

function tooLarge(): InputError {
  return new InputError(
    "its tensors show the same bytes so often that they would not fit into memory",
  );
}

/** Whether the elements are contiguous. The stride of an axis of extent 1 does not matter. */
function isRowMajor({ shape, strides }: TorchTensor): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return shape.includes(0);
    expected *= shape[axis];
  }
  return true;
}

/** Copies element by element, byte by byte. Strided tensors are rare and may be unaligned. */
function gather(view: TorchTensor, storage: Uint8Array, count: number): Uint8Array {
  const elementBytes = STORAGE_BYTES[view.storage.type];
  const result = new Uint8Array(count * elementBytes);
  // Innermost axis first, without axes of extent 1.
  const axes = view.shape.map((extent, axis) => ({ extent, stride: view.strides[axis], index: 0 }))
    .filter(({ extent }) => extent !== 1).reverse();
  let from = view.offset;
  for (let to = 0; to < result.length; to += elementBytes) {
    for (let byte = 0; byte < elementBytes; byte++) {
      result[to + byte] = storage[from * elementBytes + byte];
    }
    for (const axis of axes) {
      from += axis.stride;
      if (++axis.index < axis.extent) break;
      from -= axis.stride * axis.extent;
      axis.index = 0;
    }
  }
  return result;
}

function decode(name: string, type: StorageType, bytes: Uint8Array): TensorData {
  const { buffer, byteOffset } = bytes;
  const count = bytes.length / STORAGE_BYTES[type];
  switch (type) {
    case "torch.FloatStorage":
      return new Float32Array(buffer, byteOffset, count);
    case "torch.DoubleStorage":
      return new Float64Array(buffer, byteOffset, count);
    case "torch.HalfStorage":
      return widenFloat16(new Uint16Array(buffer, byteOffset, count));
    case "torch.BFloat16Storage":
      return widenBfloat16(new Uint16Array(buffer, byteOffset, count));
    case "torch.LongStorage":
      return new BigInt64Array(buffer, byteOffset, count);
    case "torch.IntStorage":
      return new Int32Array(buffer, byteOffset, count);
    case "torch.ByteStorage":
    case "torch.BoolStorage":
      return bytes;
    default:
      throw new InputError(
        `tensor ${
          JSON.stringify(name)
        } lies in a ${type}; readable are float, double, half, bfloat16, ` +
          `long, int, byte and bool`,
      );
  }
}
