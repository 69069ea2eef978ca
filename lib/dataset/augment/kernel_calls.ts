/**
 * Calls of kernels that are prepared on one thread and may run on another, with their memory.
 *
 * @module
 */
import { DeviceError } from "../../core/errors.ts";
import {
  type FunctionArguments,
  functionArguments,
  type FunctionName,
  instantiate,
  type Kernels,
  PAGE_BYTES,
  sharedMemory,
} from "../../core/wasm.ts";

/** A call: the kernel's name and its arguments in order. */
export type KernelCall = readonly [FunctionName, number[]];

/** The module keeps its own tables in the first page; each new instance writes them. */
const FIRST = PAGE_BYTES;

/** Rooms begin at multiples of this, with as much behind them: SIMD may go beyond an end. */
const ALIGNMENT = 16;

/** A list of calls and the memory they work on. It is filled, run, read and cleared. */
export class KernelCalls {
  readonly memory: WebAssembly.Memory = sharedMemory(PAGE_BYTES);
  readonly list: KernelCall[] = [];
  readonly #scratch = new Map<string, { readonly address: number; readonly bytes: number }>();
  #kernels: Kernels | undefined;
  #used = FIRST;

  /** The address of new memory of arbitrary content. Throws DeviceError when there is none. */
  room(bytes: number): number {
    const address = this.#used;
    this.#used += (Math.ceil(bytes / ALIGNMENT) + 1) * ALIGNMENT;
    const missing = Math.ceil((this.#used - this.memory.buffer.byteLength) / PAGE_BYTES);
    if (missing <= 0) return address;
    try {
      this.memory.grow(missing);
    } catch (cause) {
      throw new DeviceError(`the system does not give ${this.#used} bytes for a batch`, { cause });
    }
    return address;
  }

  /** The address of memory that every call may use for itself. */
  scratch(name: string, bytes: number): number {
    const known = this.#scratch.get(name);
    if (known !== undefined && known.bytes >= bytes) return known.address;
    const address = this.room(bytes);
    this.#scratch.set(name, { address, bytes });
    return address;
  }

  /** The address of a copy of `data`. */
  put(data: Uint8Array | Int32Array | Float32Array | Float64Array): number {
    const address = this.room(data.byteLength);
    this.write(address, data);
    return address;
  }

  /** Writes data before the calls run. */
  write(address: number, data: Uint8Array | Int32Array | Float32Array | Float64Array): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    new Uint8Array(this.memory.buffer).set(bytes, address);
  }

  call<Name extends FunctionName>(name: Name, args: FunctionArguments<Name>): void {
    this.list.push([name, functionArguments(name, args)]);
  }

  /** Runs the calls on this thread. */
  run(): void {
    this.#kernels ??= instantiate(this.memory);
    for (const [name, args] of this.list) this.#kernels[name](...args);
  }

  /** A copy of `length` bytes. */
  bytes(address: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(new Uint8Array(this.memory.buffer, address, length));
  }

  /** A copy of `length` floats. */
  floats(address: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(new Float32Array(this.memory.buffer, address, length));
  }

  /** Begins a new list in the same memory. */
  clear(): void {
    this.list.length = 0;
    this.#scratch.clear();
    this.#used = FIRST;
  }
}
