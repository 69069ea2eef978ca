/**
 * The opcodes of pickles, as one table: what each does to the machine. Python's Lib/pickletools.py
 * documents them.
 *
 * Listed are the binary opcodes of protocols 2 to 5 and those that make objects of classes, as
 * torch.save writes them. Out-of-band buffers and the opcodes of text pickles are not.
 *
 * @module
 */
import type { PickleMachine } from "./pickle_machine.ts";
import { PickleDict, PickleList, PickleOpaque, PickleTuple } from "./pickle_values.ts";

/** The opcode that ends a pickle. */
export const STOP = 0x2e;

type Step = (machine: PickleMachine) => void;

const NUMBERS_AND_TEXTS: Readonly<Record<number, Step>> = {
  0x4e: (m) => m.push(null), // NONE
  0x88: (m) => m.push(true), // NEWTRUE
  0x89: (m) => m.push(false), // NEWFALSE
  0x4a: (m) => m.push(m.reader.i32()), // BININT
  0x4b: (m) => m.push(m.reader.u8()), // BININT1
  0x4d: (m) => m.push(m.reader.u16()), // BININT2
  0x8a: (m) => m.push(m.wholeNumber(m.reader.u8())), // LONG1
  0x8b: (m) => m.push(m.wholeNumber(m.reader.i32())), // LONG4
  0x47: (m) => m.push(m.reader.f64BigEndian()), // BINFLOAT
  0x55: (m) => m.push(m.oldText(m.reader.u8())), // SHORT_BINSTRING: text of Python 2
  0x54: (m) => m.push(m.oldText(m.reader.u32())), // BINSTRING
  0x8c: (m) => m.push(m.text(m.reader.u8())), // SHORT_BINUNICODE
  0x58: (m) => m.push(m.text(m.reader.u32())), // BINUNICODE
  0x8d: (m) => m.push(m.text(m.reader.u64())), // BINUNICODE8
  0x43: (m) => m.push(m.reader.take(m.reader.u8())), // SHORT_BINBYTES
  0x42: (m) => m.push(m.reader.take(m.reader.u32())), // BINBYTES
  0x8e: (m) => m.push(m.reader.take(m.reader.u64())), // BINBYTES8
  0x96: (m) => m.push(m.reader.take(m.reader.u64())), // BYTEARRAY8
};

const CONTAINERS: Readonly<Record<number, Step>> = {
  0x28: (m) => m.mark(), // MARK
  0x29: (m) => m.push(new PickleTuple([])), // EMPTY_TUPLE
  0x74: (m) => m.push(new PickleTuple(m.popToMark())), // TUPLE
  0x85: (m) => m.push(new PickleTuple(m.popMany(1))), // TUPLE1
  0x86: (m) => m.push(new PickleTuple(m.popMany(2))), // TUPLE2
  0x87: (m) => m.push(new PickleTuple(m.popMany(3))), // TUPLE3
  0x5d: (m) => m.push(new PickleList()), // EMPTY_LIST
  0x61: (m) => m.append(m.popMany(1)), // APPEND
  0x65: (m) => m.append(m.popToMark()), // APPENDS
  0x7d: (m) => m.push(new PickleDict(false)), // EMPTY_DICT
  0x73: (m) => m.setItems(m.popMany(2)), // SETITEM
  0x75: (m) => m.setItems(m.popToMark()), // SETITEMS
  0x8f: (m) => m.push(new PickleOpaque("set")), // EMPTY_SET
  0x90: (m) => m.append(m.popToMark()), // ADDITEMS
  0x91: (m) => { // FROZENSET
    m.popToMark();
    m.push(new PickleOpaque("frozenset"));
  },
};

const STACK_AND_MEMO: Readonly<Record<number, Step>> = {
  0x30: (m) => void m.pop(), // POP
  0x31: (m) => void m.popToMark(), // POP_MARK
  0x32: (m) => m.push(m.top()), // DUP
  0x71: (m) => m.remember(m.reader.u8()), // BINPUT
  0x72: (m) => m.remember(m.reader.u32()), // LONG_BINPUT
  0x94: (m) => m.remember(m.remembered), // MEMOIZE
  0x68: (m) => m.recall(m.reader.u8()), // BINGET
  0x6a: (m) => m.recall(m.reader.u32()), // LONG_BINGET
  0x95: (m) => { // FRAME: only a hint for buffering
    const size = m.reader.u64();
    if (size > m.reader.left) throw m.refusal(`is cut short: a frame claims ${size} bytes`);
  },
};

const OBJECTS: Readonly<Record<number, Step>> = {
  0x63: (m) => m.push(m.global(m.line(), m.line())), // GLOBAL
  0x93: (m) => { // STACK_GLOBAL
    const [module, name] = m.popMany(2);
    m.push(m.global(module, name));
  },
  0x52: (m) => { // REDUCE
    const [callable, args] = m.popMany(2);
    m.make(callable, m.argumentsOf(args));
  },
  0x81: (m) => { // NEWOBJ
    const [type, args] = m.popMany(2);
    m.make(type, m.argumentsOf(args));
  },
  0x92: (m) => { // NEWOBJ_EX: with named arguments
    const [type, args] = m.popMany(3);
    m.make(type, m.argumentsOf(args));
  },
  0x69: (m) => { // INST
    const type = m.global(m.line(), m.line());
    m.make(type, m.popToMark());
  },
  0x6f: (m) => { // OBJ
    const [type = null, ...args] = m.popToMark();
    m.make(type, args);
  },
  0x62: (m) => m.build(m.pop()), // BUILD
  0x51: (m) => m.push(m.rules.persistent(m.pop())), // BINPERSID
  0x50: (m) => { // PERSID
    throw m.refusal("uses PERSID, a reference by text, which torch.save does not write");
  },
  0x82: (m) => m.push(extension(m.reader.u8())), // EXT1
  0x83: (m) => m.push(extension(m.reader.u16())), // EXT2
  0x84: (m) => m.push(extension(m.reader.u32())), // EXT4
};

/** A global by its number in a registry that the file does not contain. */
function extension(number: number): PickleOpaque {
  return new PickleOpaque(`extension ${number}`);
}

/** What each opcode does; `undefined` for others. */
export const OPCODES: readonly (Step | undefined)[] = Array.from(
  { length: 256 },
  (_, opcode) =>
    NUMBERS_AND_TEXTS[opcode] ?? CONTAINERS[opcode] ?? STACK_AND_MEMO[opcode] ?? OBJECTS[opcode],
);
