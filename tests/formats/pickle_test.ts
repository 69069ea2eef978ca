import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { type PickleRules, readPickle } from "../../lib/formats/pickle.ts";
import {
  PickleDict,
  PickleList,
  PickleOpaque,
  PickleTuple,
  type PickleValue,
} from "../../lib/formats/pickle_values.ts";
import { number, program, text } from "../support/pickle.ts";

/** Rules that know one function, which makes its arguments a text, and forbid two names. */
const RULES: PickleRules = {
  checkGlobal(name) {
    if (/^os\.|__/.test(name)) throw new InputError(`it asks for ${name}`);
  },
  call: (name, args) => name === "known.function" ? `${name}(${args.join()})` : undefined,
  persistent: (id) => `persistent ${id}`,
};

function read(opcodes: string, protocol = 2): PickleValue {
  const bytes = program(`\x80${String.fromCharCode(protocol)}${opcodes}`);
  return readPickle(bytes, RULES, "the pickle").value;
}

/** Records as plain arrays; dicts as arrays of pairs. */
function plain(value: PickleValue | undefined): unknown {
  if (value instanceof PickleOpaque) {
    return { name: value.name, state: plain(value.state), items: plain(value.items) };
  }
  if (value instanceof PickleTuple || value instanceof PickleList) return value.items.map(plain);
  if (!(value instanceof PickleDict)) return value;
  return value.keys.map((key, i) => [plain(key), plain(value.values[i])]);
}

const VALUES: [opcodes: string, value: unknown][] = [
  ["N.", null],
  ["\x88.", true],
  ["\x89.", false],
  ["J\xfe\xff\xff\xff.", -2],
  ["K\xff.", 255],
  ["M\x01\x02.", 513],
  ["\x8a\x00.", 0],
  ["\x8a\x01\xff.", -1],
  ["\x8a\x02\xff\x00.", 255],
  [`\x8a\x08${number(8, 2n ** 53n - 1n)}.`, 2 ** 53 - 1],
  [`\x8a\x08${number(8, 2n ** 53n)}.`, 2n ** 53n],
  [`\x8a\x08${number(8, -(2n ** 63n))}.`, -(2n ** 63n)],
  ["\x8b\x01\x00\x00\x00\x05.", 5],
  ["G\x3f\xf8\x00\x00\x00\x00\x00\x00.", 1.5],
  [`${text("a\u00e4\u{1f600}")}.`, "a\u00e4\u{1f600}"],
  ["\x8c\x01a.", "a"],
  [`\x8d${number(8, 2)}ab.`, "ab"],
  ["U\x01a.", "a"],
  ["T\x01\x00\x00\x00a.", "a"],
  ["C\x02\x00\xff.", Uint8Array.of(0, 255)],
  ["B\x01\x00\x00\x00\x07.", Uint8Array.of(7)],
  [`\x8e${number(8, 1)}\x07.`, Uint8Array.of(7)],
  [").", []],
  ["(K\x01K\x02t.", [1, 2]],
  ["K\x01\x85.", [1]],
  ["K\x01K\x02\x86.", [1, 2]],
  ["K\x01K\x02K\x03\x87.", [1, 2, 3]],
  ["]K\x01a.", [1]],
  ["](K\x01K\x02e.", [1, 2]],
  ["}K\x01Ns.", [[1, null]]],
  ["}(K\x01N\x8c\x01a\x88u.", [[1, null], ["a", true]]],
  ["K\x01K\x020.", 1],
  ["]q\x00K\x01a0h\x00.", [1]],
  ["]r\x00\x01\x00\x00j\x00\x01\x00\x00\x86K\x010.", [[], []]],
  ["]\x94h\x00\x86.", [[], []]],
  [`\x95${number(8, 2)}K\x01.`, 1],
  ["cknown\nfunction\n(K\x01K\x02tR.", "known.function(1,2)"],
  ["\x8c\x05known\x8c\x08function\x93)R.", "known.function()"],
  ["K\x07Q.", "persistent 7"],
  // Lone surrogates, as Python writes names of files that are no UTF-8.
  ["X\x05\x00\x00\x00a\xed\xb2\x80b.", "a???b"],
  ["X\x03\x00\x00\x00\xed\x9f\xbf.", "\ud7ff"],
  // Texts of Python 2: UTF-8, or else Latin-1.
  ["U\x02\xc3\xa4.", "\u00e4"],
  ["U\x01\xe4.", "\u00e4"],
  ["T\x02\x00\x00\x00\xe4b.", "\u00e4b"],
  ["(iknown\nfunction\n.", "known.function()"],
  ["(cknown\nfunction\nK\x05o.", "known.function(5)"],
  ["cknown\nfunction\nK\x05\x85\x81.", "known.function(5)"],
  ["cknown\nfunction\n)}\x92.", "known.function()"],
  ["(K\x01N1K\x02.", 2],
  ["K\x012\x86.", [1, 1]],
  [`\x96${number(8, 2)}\x01\x02.`, Uint8Array.of(1, 2)],
];

/** What is left of an object that the rules do not know. */
const opaque = (name: string, state: unknown = null, items?: unknown) => ({ name, state, items });

const OPAQUE: [what: string, opcodes: string, value: unknown][] = [
  ["a call", "ca\nb\n(K\x01K\x02tR.", opaque("a.b")],
  ["a new object with attributes", "ca\nB\n)\x81}(U\x01lK\x03ub.", opaque("a.B", [["l", 3]])],
  [
    "a new object with slots",
    "ca\nB\n)\x81N}U\x01lK\x03s\x86b.",
    opaque("a.B", [null, [["l", 3]]]),
  ],
  ["a new object with named arguments", "ca\nB\n)}\x92.", opaque("a.B")],
  ["an instance", "(K\x01ia\nB\n.", opaque("a.B")],
  ["an object", "(ca\nB\nK\x01o.", opaque("a.B")],
  ["a subclass of dict", "ca\nB\n)\x81(K\x01K\x02u.", opaque("a.B", null, [[1, 2]])],
  ["a subclass of list", "ca\nB\n)\x81(K\x01K\x02eK\x03a.", opaque("a.B")],
  ["a call of the result of a call", "ca\nb\n)R)R.", opaque("a.b")],
  ["an extension", "\x82\x07.", opaque("extension 7")],
  ["another extension", "\x84\x01\x02\x00\x00.", opaque("extension 513")],
  ["a set", "\x8f(K\x01K\x02\x90.", opaque("set")],
  ["a frozen set", "(K\x01K\x02\x91.", opaque("frozenset")],
  ["a number of 200 bytes", `\x8a\xc8${"\x01".repeat(200)}.`, opaque("int of 200 bytes")],
];

for (const [what, opcodes, value] of OPAQUE) {
  Deno.test(`readPickle() keeps ${what} as data`, () => assertEquals(plain(read(opcodes)), value));
}

for (const [opcodes, value] of VALUES) {
  Deno.test(`readPickle() reads ${JSON.stringify(opcodes)}`, () => {
    for (const protocol of [2, 3, 4, 5]) assertEquals(plain(read(opcodes, protocol)), value);
  });
}

Deno.test("readPickle() says where a pickle ends, and begins where it is told", () => {
  const bytes = program("xx\x80\x02K\x01.\x80\x02K\x02.");
  assertEquals(readPickle(bytes, RULES, "it", 2), { value: 1, end: 7 });
  assertEquals(readPickle(bytes, RULES, "it", 7), { value: 2, end: 12 });
});

const REFUSED: [name: string, opcodes: string, says: string][] = [
  ["nothing after the protocol", "", "cut short"],
  ["a missing STOP", "N", "cut short"],
  ["STOP on an empty stack", ".", "takes more"],
  ["STOP with two values", "NN.", "left over"],
  ["STOP with an open mark", "N(N.", "takes more|left over"],
  ["a text that is longer than the file", "X\xff\xff\xff\xffabc.", "cut short"],
  ["a text of 2^60 bytes", `\x8d${number(8, 2n ** 60n)}abc.`, "cut short"],
  ["bytes of 2^60 bytes", `\x8e${number(8, 2n ** 60n)}abc.`, "cut short"],
  ["a frame of 2^60 bytes", `\x95${number(8, 2n ** 60n)}N.`, "frame"],
  ["a text that is no UTF-8", "X\x02\x00\x00\x00\xff\xfe.", "UTF-8"],
  ["half a surrogate", "X\x02\x00\x00\x00\xed\xb2.", "UTF-8"],
  ["a number of -5 bytes", "\x8b\xfb\xff\xff\xff.", "-5 bytes"],
  ["APPEND to a tuple", ")Na.", "no list"],
  ["APPENDS without a mark", "]Ne.", "mark is missing"],
  ["APPENDS to what lies below a mark", "]((e.", "stack is empty"],
  ["SETITEM of a list", "]NNs.", "no dict"],
  ["half an item", "}(Nu.", "half an item"],
  ["POP below a mark", "N(0.", "takes more"],
  ["TUPLE3 of two", "NN\x87.", "takes more"],
  ["an unset memo", "h\x05.", "item 5"],
  ["BINPUT on an empty stack", "q\x00N.", "empty"],
  ["an unknown global", "cos\nsystem\n.", "os.system"],
  ["an unknown global from the stack", "\x8c\x02os\x8c\x06system\x93.", "os.system"],
  ["a dotted global", "cknown\nfunction.__globals__\n.", "known.function.__globals__"],
  ["a global by number", "K\x01K\x02\x93.", "no text"],
  ["a name without end", `c${"a".repeat(1000)}\nb\n.`, "does not end"],
  ["a call of a text", "\x8c\x01a)R.", "cannot be called"],
  ["a call without a tuple", "cknown\nfunction\n]R.", "cannot be called"],
  ["attributes of a dict", "}}(\x8c\x09_metadataNub.", "attributes"],
  ["INST of a forbidden global", "(ios\nsystem\n.", "os.system"],
  ["OBJ of a text", "(U\x01ao.", "cannot be called"],
  ["OBJ of nothing", "(o.", "cannot be called"],
  ["NEWOBJ of a text", "U\x01a)\x81.", "cannot be called"],
  ["NEWOBJ without a tuple", "ca\nB\nN\x81.", "cannot be called"],
  ["PERSID", "Pos.system\n.", "PERSID"],
  ["an opcode of text pickles", "I5\n.", "0x49"],
  ["an unknown opcode", "\xff.", "0xff"],
  ["a second protocol", "\x80\x02N.", "0x80"],
  ["101 open containers", `${"(".repeat(101)}.`, "deeper than 100"],
  ["more steps than a checkpoint has", "N0".repeat(1_000_001) + "N.", "2000000 steps"],
  ["more containers than a checkpoint has", "]".repeat(500_001) + ".", "2000000 steps"],
  [
    "more marks in the memo than a checkpoint has",
    "N" + "q\0".repeat(500_001) + ".",
    "2000000 steps",
  ],
];

/** A list of so many items in memo 0; the items are the memo 1. */
const longList = (items: number) => `K\x01K\x02\x86q\x010](${"h\x01".repeat(items)}eq\x000`;

Deno.test("readPickle() counts the items of arguments, which a constructor may copy", () => {
  for (const callable of ["cknown\nfunction\n", "ca\nB\n"]) {
    const calls = (count: number) =>
      `${longList(100_000)}${callable}q\x020${"h\x02h\x00\x85R0".repeat(count)}N.`;
    assertEquals(read(calls(10)), null);
    assertThrows(() => read(calls(50)), InputError, "2000000 steps");
  }
});

for (const [name, opcodes, says] of REFUSED) {
  Deno.test(`readPickle() refuses ${name}`, () => {
    const { message } = assertThrows(() => read(opcodes), InputError);
    assert(new RegExp(says).test(message), message);
    assert(message.length < 300, message);
  });
}

Deno.test("readPickle() refuses other protocols, and files that are no pickles", () => {
  for (const protocol of [0, 1, 6, 99]) {
    assertThrows(() => read("N.", protocol), InputError, `protocol ${protocol}`);
  }
  const { message } = assertThrows(
    () => readPickle(program("(lp0\n."), RULES, "the pickle"),
    InputError,
  );
  assertStringIncludes(message, "no pickle of protocol 2 to 5");
});

Deno.test("readPickle() survives deep nesting without marks, shared lists and cycles", () => {
  let depth = 0;
  const deep = read(`)${"\x85".repeat(200_000)}.`);
  for (let value = deep; value instanceof PickleTuple && value.items.length > 0; depth++) {
    value = value.items[0];
  }
  assertEquals(depth, 200_000);
  const cycle = read("]q\x00h\x00a.");
  assert(cycle instanceof PickleList && cycle.items[0] === cycle);
  const levels = Array.from(
    { length: 30 },
    (_, i) => `](${`h${number(1, i)}`.repeat(10)}eq${number(1, i + 1)}0`,
  );
  assert(read(`]q\x00${levels.join("")}.`) instanceof PickleList);
});
