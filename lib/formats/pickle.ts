/**
 * Reads pickles as data.
 *
 * A pickle is a program for a stack machine that may import and call anything, so unpickling a
 * hostile file runs hostile code. This reader neither imports nor calls: GLOBAL yields a record of
 * module and name, and REDUCE asks the caller's allow-list, {@linkcode PickleRules}. The allow-list
 * knows a few harmless constructors and refuses everything else. The results are inert records.
 *
 * The reader accepts the opcodes that torch.save writes: the binary opcodes of protocols 2 to 5
 * without sets, instances of classes and out-of-band buffers. Python's Lib/pickletools.py documents
 * the opcodes.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { ByteReader, decodeText } from "./byte_reader.ts";
import {
  PickleDict,
  PickleGlobal,
  PickleList,
  PickleTuple,
  type PickleValue,
} from "./pickle_values.ts";

/** The allow-list of a pickle. Each method throws {@linkcode InputError} for unknown names. */
export interface PickleRules {
  /** Throws unless a global is allowed. */
  checkGlobal(name: string): void;
  /** The result of calling a global that passed {@linkcode checkGlobal}. */
  call(name: string, args: readonly PickleValue[]): PickleValue;
  /** The object of a persistent id: a storage, in files of torch.save. */
  persistent(id: PickleValue): PickleValue;
}

/**
 * The limit of opcodes. A large checkpoint has some ten thousand; each may cost 100 bytes of
 * memory.
 */
const MOST_OPCODES = 500_000;
/** The limit of open containers. */
const MOST_MARKS = 100;
/** The longest whole number, in bytes. */
const MOST_NUMBER_BYTES = 16;
/** The longest name of a module or class, in bytes. */
const MOST_NAME_BYTES = 200;

/**
 * Refused opcodes: they make or change instances of classes, import by number, or use text.
 * torch.save writes none of them.
 */
const REFUSED: Readonly<Record<number, string>> = {
  0x50: "PERSID",
  0x69: "INST",
  0x6f: "OBJ",
  0x81: "NEWOBJ",
  0x82: "EXT1",
  0x83: "EXT2",
  0x84: "EXT4",
  0x92: "NEWOBJ_EX",
};

/**
 * Reads the pickle that begins at byte `start`. `what` names the source in messages; the result's
 * `end` is the offset behind the pickle. Throws {@linkcode InputError} for a malformed pickle and
 * for anything that `rules` do not allow.
 */
export function readPickle(
  bytes: Uint8Array,
  rules: PickleRules,
  what: string,
  start = 0,
): { value: PickleValue; end: number } {
  return new Machine(bytes, rules, what, start).run();
}

class Machine {
  readonly #reader: ByteReader;
  readonly #rules: PickleRules;
  readonly #what: string;
  readonly #stack: PickleValue[] = [];
  /** The height of the stack at each mark. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(bytes: Uint8Array, rules: PickleRules, what: string, start: number) {
    this.#reader = new ByteReader(bytes, what, start);
    this.#rules = rules;
    this.#what = what;
  }

  run(): { value: PickleValue; end: number } {
    if (this.#reader.left === 0) throw this.#refusal("is empty");
    if (this.#reader.u8() !== 0x80) {
      throw this.#refusal("is no pickle of protocol 2 to 5, which torch.save writes");
    }
    const protocol = this.#reader.u8();
    if (protocol < 2 || protocol > 5) {
      throw this.#refusal(`has protocol ${protocol}; readable are 2 to 5`);
    }
    for (let count = 0; count < MOST_OPCODES; count++) {
      const opcode = this.#reader.u8();
      if (opcode === 0x2e) { // STOP
        const value = this.#pop();
        if (this.#stack.length > 0 || this.#marks.length > 0) {
          throw this.#refusal("ends with something left over");
        }
        return { value, end: this.#reader.at };
      }
      this.#step(opcode);
    }
    throw this.#refusal(`takes more than ${MOST_OPCODES} steps`);
  }

  #step(opcode: number): void {
    const reader = this.#reader;
    switch (opcode) {
      case 0x95: { // FRAME: only a hint for buffering
        const size = reader.u64();
        if (size > reader.left) throw this.#refusal(`is cut short: a frame claims ${size} bytes`);
        return;
      }
      case 0x28: // MARK
        if (this.#marks.length === MOST_MARKS) {
          throw this.#refusal(`is nested deeper than ${MOST_MARKS} levels`);
        }
        this.#marks.push(this.#stack.length);
        return;
      case 0x30: // POP
        this.#pop();
        return;
      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x4a: // BININT
        return this.#push(reader.i32());
      case 0x4b: // BININT1
        return this.#push(reader.u8());
      case 0x4d: // BININT2
        return this.#push(reader.u16());
      case 0x8a: // LONG1
        return this.#push(this.#wholeNumber(reader.u8()));
      case 0x8b: // LONG4
        return this.#push(this.#wholeNumber(reader.i32()));
      case 0x47: // BINFLOAT
        return this.#push(reader.f64BigEndian());
      case 0x55: // SHORT_BINSTRING: text of Python 2
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(this.#text(reader.u8()));
      case 0x54: // BINSTRING
      case 0x58: // BINUNICODE
        return this.#push(this.#text(reader.u32()));
      case 0x8d: // BINUNICODE8
        return this.#push(this.#text(reader.u64()));
      case 0x43: // SHORT_BINBYTES
        return this.#push(reader.take(reader.u8()));
      case 0x42: // BINBYTES
        return this.#push(reader.take(reader.u32()));
      case 0x8e: // BINBYTES8
        return this.#push(reader.take(reader.u64()));
      default:
        return this.#stepOnContainers(opcode);
    }
  }

  #stepOnContainers(opcode: number): void {
    switch (opcode) {
      case 0x29: // EMPTY_TUPLE
        return this.#push(new PickleTuple([]));
      case 0x74: // TUPLE
        return this.#push(new PickleTuple(this.#popToMark()));
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.#push(new PickleTuple(this.#popMany(opcode - 0x84)));
      case 0x5d: // EMPTY_LIST
        return this.#push(new PickleList());
      case 0x61: { // APPEND
        const item = this.#pop();
        this.#list().items.push(item);
        return;
      }
      case 0x65: { // APPENDS
        const items = this.#popToMark();
        const list = this.#list().items;
        for (const item of items) list.push(item);
        return;
      }
      case 0x7d: // EMPTY_DICT
        return this.#push(new PickleDict(false));
      case 0x73: // SETITEM
        return this.#setItems(this.#popMany(2));
      case 0x75: // SETITEMS
        return this.#setItems(this.#popToMark());
      default:
        return this.#stepOnReferences(opcode);
    }
  }

  #stepOnReferences(opcode: number): void {
    const reader = this.#reader;
    switch (opcode) {
      case 0x71: // BINPUT
        return this.#remember(reader.u8());
      case 0x72: // LONG_BINPUT
        return this.#remember(reader.u32());
      case 0x94: // MEMOIZE
        return this.#remember(this.#memo.size);
      case 0x68: // BINGET
        return this.#recall(reader.u8());
      case 0x6a: // LONG_BINGET
        return this.#recall(reader.u32());
      case 0x63: // GLOBAL
        return this.#global(this.#line(), this.#line());
      case 0x93: { // STACK_GLOBAL
        const [module, name] = this.#popMany(2);
        if (typeof module !== "string" || typeof name !== "string") {
          throw this.#refusal("names a global by something that is no text");
        }
        return this.#global(module, name);
      }
      case 0x52: { // REDUCE
        const [callable, args] = this.#popMany(2);
        if (!(callable instanceof PickleGlobal && args instanceof PickleTuple)) {
          throw this.#refusal("calls something that cannot be called");
        }
        return this.#push(this.#rules.call(callable.name, args.items));
      }
      case 0x62: // BUILD
        return this.#build();
      case 0x51: // BINPERSID
        return this.#push(this.#rules.persistent(this.#pop()));
    }
    if (Object.hasOwn(REFUSED, opcode)) {
      throw this.#refusal(
        `uses ${
          REFUSED[opcode]
        }, which no list of tensors needs and which could run code, so it is not ` +
          `read; in PyTorch, save model.state_dict() alone`,
      );
    }
    throw this.#refusal(
      `is damaged: byte ${reader.at - 1} holds 0x${opcode.toString(16)}, an opcode that ` +
        `torch.save does not write`,
    );
  }

  #push(value: PickleValue): void {
    this.#stack.push(value);
  }

  /** Pops a value, but none below the last mark. */
  #pop(): PickleValue {
    return this.#popMany(1)[0];
  }

  #popMany(count: number): PickleValue[] {
    if (this.#stack.length - count < (this.#marks.at(-1) ?? 0)) {
      throw this.#refusal("is damaged: it takes more from its stack than is there");
    }
    return this.#stack.splice(this.#stack.length - count);
  }

  #popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.#refusal("is damaged: a mark is missing");
    return this.#stack.splice(mark);
  }

  #top(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) {
      throw this.#refusal("is damaged: its stack is empty");
    }
    return this.#stack.at(-1)!;
  }

  #list(): PickleList {
    const list = this.#top();
    if (!(list instanceof PickleList)) throw this.#refusal("appends to something that is no list");
    return list;
  }

  #setItems(pairs: PickleValue[]): void {
    const dict = this.#top();
    if (!(dict instanceof PickleDict) || pairs.length % 2 !== 0) {
      throw this.#refusal("sets items of something that is no dict, or half an item");
    }
    for (let i = 0; i < pairs.length; i += 2) {
      dict.keys.push(pairs[i]);
      dict.values.push(pairs[i + 1]);
    }
  }

  #remember(index: number): void {
    this.#memo.set(index, this.#top());
  }

  #recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) {
      throw this.#refusal(`refers to item ${index}, which it did not define`);
    }
    this.#push(value);
  }

  #global(module: string, name: string): void {
    const full = `${module}.${name}`;
    this.#rules.checkGlobal(full);
    this.#push(new PickleGlobal(full));
  }

  /** Sets attributes. A state_dict has one, `_metadata`, with the versions of layers. */
  #build(): void {
    const state = this.#pop();
    const target = this.#top();
    const harmless = target instanceof PickleDict && target.ordered &&
      state instanceof PickleDict &&
      state.keys.every((key) => key === "_metadata");
    if (!harmless) {
      throw this.#refusal(
        "gives an object attributes that no state_dict has; in PyTorch, save model.state_dict() alone",
      );
    }
  }

  #line(): string {
    const line = this.#reader.until(0x0a, MOST_NAME_BYTES);
    if (line === undefined) throw this.#refusal("is damaged: a name does not end");
    return decodeText(line, `a name in ${this.#what}`);
  }

  #text(length: number): string {
    return decodeText(this.#reader.take(length), `a text in ${this.#what}`);
  }

  /** Little-endian two's complement. */
  #wholeNumber(length: number): number | bigint {
    if (length < 0 || length > MOST_NUMBER_BYTES) {
      throw this.#refusal(`holds a whole number of ${length} bytes; at most ${MOST_NUMBER_BYTES}`);
    }
    let value = 0n;
    for (const byte of this.#reader.take(length).toReversed()) value = (value << 8n) | BigInt(byte);
    value = BigInt.asIntN(length * 8, value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  #refusal(predicate: string): InputError {
    return new InputError(`${this.#what} ${predicate}`);
  }
}
