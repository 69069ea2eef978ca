/**
 * The stack machine of pickles, with its limits.
 *
 * A pickle of a kilobyte may unpack to millions of opcodes, and one opcode may refer to a list of
 * any length. Every step therefore has a cost in time and memory, and the sum is limited.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { ByteReader, decodeText } from "./byte_reader.ts";
import {
  PickleDict,
  PickleGlobal,
  PickleList,
  PickleObject,
  PickleOpaque,
  PickleTuple,
  type PickleValue,
} from "./pickle_values.ts";

/** What a reader knows of the names in a pickle. Each method may throw {@linkcode InputError}. */
export interface PickleRules {
  /** Throws for a global that marks a hostile file. */
  checkGlobal(name: string): void;
  /** The result of calling a known global; `undefined` for an unknown one. */
  call(name: string, args: readonly PickleValue[]): PickleValue | undefined;
  /** The object of a persistent id: a storage, in files of torch.save. */
  persistent(id: PickleValue): PickleValue;
}

/**
 * The limit of all costs. A checkpoint with an optimiser costs some hundred thousand; each unit may
 * take 50 bytes of memory.
 */
const MOST_COST = 2_000_000;
/** The cost of an object, a container or an entry of the memo, beside the opcode's own 1. */
const OBJECT_COST = 3;
/** The limit of open containers. */
const MOST_MARKS = 100;
/** The longest whole number that is read, in bytes; random generators have states of 17. */
const MOST_NUMBER_BYTES = 32;
/** The longest name of a module or class, in bytes. */
const MOST_NAME_BYTES = 200;

const looseUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const latin1 = new TextDecoder("latin1");

/** The machine. Its methods throw {@linkcode InputError} that begins with `what`. */
export class PickleMachine {
  readonly reader: ByteReader;
  readonly rules: PickleRules;
  readonly what: string;
  #cost = 0;
  readonly #stack: PickleValue[] = [];
  /** The height of the stack at each mark. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(bytes: Uint8Array, rules: PickleRules, what: string, start: number) {
    this.reader = new ByteReader(bytes, what, start);
    this.rules = rules;
    this.what = what;
  }

  /** The number of entries of the memo. */
  get remembered(): number {
    return this.#memo.size;
  }

  spend(cost: number): void {
    this.#cost += cost;
    if (this.#cost > MOST_COST) {
      throw this.refusal(`takes more than ${MOST_COST} steps, far more than a model needs`);
    }
  }

  push(value: PickleValue): void {
    if (typeof value === "object" && value !== null) this.spend(OBJECT_COST);
    this.#stack.push(value);
  }

  /** Pops a value, but none below the last mark. */
  pop(): PickleValue {
    return this.popMany(1)[0];
  }

  popMany(count: number): PickleValue[] {
    if (this.#stack.length - count < (this.#marks.at(-1) ?? 0)) {
      throw this.refusal("is damaged: it takes more from its stack than is there");
    }
    return this.#stack.splice(this.#stack.length - count);
  }

  mark(): void {
    if (this.#marks.length === MOST_MARKS) {
      throw this.refusal(`is nested deeper than ${MOST_MARKS} levels`);
    }
    this.#marks.push(this.#stack.length);
  }

  popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.refusal("is damaged: a mark is missing");
    return this.#stack.splice(mark);
  }

  top(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) {
      throw this.refusal("is damaged: its stack is empty");
    }
    return this.#stack.at(-1)!;
  }

  /** The value that STOP leaves. */
  result(): PickleValue {
    const value = this.pop();
    if (this.#stack.length > 0 || this.#marks.length > 0) {
      throw this.refusal("ends with something left over");
    }
    return value;
  }

  /** Appends to the list on top of the stack. Items of an unknown object are dropped. */
  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (list instanceof PickleOpaque) return;
    if (!(list instanceof PickleList)) throw this.refusal("appends to something that is no list");
    for (const item of items) list.items.push(item);
  }

  /** Sets items of the dict, or of the unknown object, on top of the stack. */
  setItems(pairs: readonly PickleValue[]): void {
    const top = this.top();
    const dict = top instanceof PickleOpaque ? top.items ??= new PickleDict(true) : top;
    if (!(dict instanceof PickleDict) || pairs.length % 2 !== 0) {
      throw this.refusal("sets items of something that is no dict, or half an item");
    }
    for (let i = 0; i < pairs.length; i += 2) {
      dict.keys.push(pairs[i]);
      dict.values.push(pairs[i + 1]);
    }
  }

  /** Gives the object on top of the stack its attributes. Those of a known object are dropped. */
  build(state: PickleValue): void {
    const target = this.top();
    if (target instanceof PickleOpaque) target.state = state;
    else if (target instanceof PickleDict && target.ordered) {
      if (state instanceof PickleDict) target.attributes = state;
    } else if (!(target instanceof PickleObject)) {
      throw this.refusal("gives attributes to something that has none");
    }
  }

  remember(index: number): void {
    this.spend(OBJECT_COST);
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) {
      throw this.refusal(`refers to item ${index}, which it did not define`);
    }
    this.#stack.push(value);
  }

  global(module: PickleValue, name: PickleValue): PickleGlobal {
    if (typeof module !== "string" || typeof name !== "string") {
      throw this.refusal("names a global by something that is no text");
    }
    const full = `${module}.${name}`;
    this.rules.checkGlobal(full);
    return new PickleGlobal(full);
  }

  /**
   * Pushes what a call, or a new object of a class, stands for. The cost counts the items of the
   * arguments, which the rules may copy.
   */
  make(callable: PickleValue, args: readonly PickleValue[]): void {
    for (const arg of args) {
      if (arg instanceof PickleList || arg instanceof PickleTuple) this.spend(arg.items.length);
    }
    if (callable instanceof PickleOpaque) return this.push(new PickleOpaque(callable.name));
    if (!(callable instanceof PickleGlobal)) {
      throw this.refusal("calls something that cannot be called");
    }
    const { name } = callable;
    this.push(this.rules.call(name, args) ?? new PickleOpaque(name));
  }

  argumentsOf(args: PickleValue): readonly PickleValue[] {
    if (args instanceof PickleTuple) return args.items;
    throw this.refusal("calls something with arguments that are no tuple, which cannot be called");
  }

  /** A line of text: the name of a module or class. */
  line(): string {
    const line = this.reader.until(0x0a, MOST_NAME_BYTES);
    if (line === undefined) throw this.refusal("is damaged: a name does not end");
    return decodeText(line, `a name in ${this.what}`);
  }

  text(length: number): string {
    const bytes = this.reader.take(length);
    // Python keeps bytes of names that are no UTF-8 as lone surrogates, which it writes as such.
    return decodeText(withoutSurrogates(bytes), `a text in ${this.what}`);
  }

  /** A text of Python 2, which may hold any bytes: UTF-8, or else Latin-1. */
  oldText(length: number): string {
    const bytes = this.reader.take(length);
    const text = looseUtf8.decode(bytes);
    // An exception for each of many texts would take too long.
    return text.includes("\ufffd") ? latin1.decode(bytes) : text;
  }

  /** Little-endian two's complement. A number beyond any use stays opaque. */
  wholeNumber(length: number): PickleValue {
    if (length < 0) throw this.refusal(`holds a whole number of ${length} bytes`);
    const bytes = this.reader.take(length);
    if (length > MOST_NUMBER_BYTES) return new PickleOpaque(`int of ${length} bytes`);
    let value = 0n;
    for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
    value = BigInt.asIntN(length * 8, value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  refusal(predicate: string): InputError {
    return new InputError(`${this.what} ${predicate}`);
  }
}

/** UTF-8 in which each lone surrogate (ED A0..BF 80..BF) is a "?" of the same length. */
function withoutSurrogates(bytes: Uint8Array): Uint8Array {
  const isSurrogate = (at: number) => bytes[at + 1] >= 0xa0 && (bytes[at + 2] & 0xc0) === 0x80;
  let at = bytes.indexOf(0xed);
  while (at >= 0 && !isSurrogate(at)) at = bytes.indexOf(0xed, at + 1);
  if (at < 0) return bytes;
  const cleaned = bytes.slice();
  for (; at >= 0; at = bytes.indexOf(0xed, at + 1)) {
    if (isSurrogate(at)) cleaned.fill(0x3f, at, at + 3);
  }
  return cleaned;
}
