/**
 * Builds pickles opcode by opcode, and .pth files with them.
 *
 * A program is a text in which each character is a byte. Opcodes are written as in Python's
 * Lib/pickletools.py: `"}"` is EMPTY_DICT, `"K\x07"` is BININT1 7.
 *
 * @module
 */
import { type CraftedEntry, craftZip } from "./zip.ts";

/** The bytes of a program. */
export function program(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A little-endian number of `width` bytes. */
export function number(width: number, value: number | bigint): string {
  let text = "";
  for (let rest = BigInt(value), i = 0; i < width; i++, rest >>= 8n) {
    text += String.fromCharCode(Number(rest & 0xffn));
  }
  return text;
}

/** BINUNICODE. */
export function text(value: string): string {
  const bytes = new TextEncoder().encode(value);
  return `X${number(4, bytes.length)}${String.fromCharCode(...bytes)}`;
}

/** LONG1 of eight bytes: any whole number. */
export function whole(value: number | bigint): string {
  return `\x8a\x08${number(8, value)}`;
}

/** A tuple of whole numbers. */
export function wholes(values: readonly number[]): string {
  return `(${values.map(whole).join("")}t`;
}

/** The values of a tensor's pickle. */
export interface CraftedTensor {
  readonly key?: string;
  readonly type?: string;
  readonly count: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Opcodes of the arguments after the strides. */
  readonly rest?: string;
}

/** A call of _rebuild_tensor_v2. */
export function tensor(of: CraftedTensor): string {
  const { key = "0", type = "FloatStorage", count, offset = 0, shape, strides } = of;
  const storage = `(${text("storage")}ctorch\n${type}\n${text(key)}${text("cpu")}${whole(count)}tQ`;
  const rest = of.rest ?? "\x89ccollections\nOrderedDict\n)R";
  return `ctorch._utils\n_rebuild_tensor_v2\n(${storage}${whole(offset)}${wholes(shape)}` +
    `${wholes(strides)}${rest}tR`;
}

/** A dict of opcodes by name. */
export function dict(items: Readonly<Record<string, string>>): string {
  return `}(${Object.entries(items).map(([name, value]) => text(name) + value).join("")}u`;
}

/** An object of a class, with items and attributes. */
export function made(
  module: string,
  name: string,
  items: Readonly<Record<string, string>> = {},
  attributes: Readonly<Record<string, string>> = {},
): string {
  const built = `${dict(attributes)}b`;
  return `c${module}\n${name}\n)\x81${dict(items).slice(1)}${built}`;
}

/** A torch.nn.Module. */
export function madeModule(
  name: string,
  parameters: Readonly<Record<string, string>>,
  modules: Readonly<Record<string, string>> = {},
): string {
  return `c__main__\n${name}\n)\x81${
    dict({
      training: "\x88",
      _parameters: `ccollections\nOrderedDict\n)R${dict(parameters).slice(1)}`,
      _buffers: "}",
      _modules: `ccollections\nOrderedDict\n)R${dict(modules).slice(1)}`,
    })
  }b`;
}

/** A .pth file: opcodes without PROTO and STOP, storages, further entries. */
export function pthOf(
  opcodes: string,
  storages: Readonly<Record<string, Uint8Array>> = {},
  more: readonly CraftedEntry[] = [],
): Uint8Array {
  return craftZip([
    { name: "archive/data.pkl", bytes: program(`\x80\x02${opcodes}.`) },
    ...Object.entries(storages).map(([key, bytes]) => ({ name: `archive/data/${key}`, bytes })),
    ...more,
  ]);
}

/** The storage of {@linkcode PLAIN}: six floats. */
export const SIX: Uint8Array = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);

/** A row-major tensor of all elements of {@linkcode SIX}. */
export const PLAIN: CraftedTensor = { count: 6, shape: [2, 3], strides: [3, 1] };

/** The opcodes of {@linkcode PLAIN}. */
export const ONE = tensor(PLAIN);
