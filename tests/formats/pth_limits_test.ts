/** Small .pth files that stand for very much work or memory. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { readPth } from "../../lib/formats/pth.ts";
import { dict, madeModule, number, ONE, pthOf, SIX, tensor, text } from "../support/pickle.ts";

Deno.test("readPth() refuses views that together ask for far more than the file has", () => {
  const count = 2 ** 18;
  const shape = [count / 2, 2];
  const views = Array.from({ length: 100 }, (_, i) => [
    `w${i}`,
    tensor({ count, shape, strides: [1, count / 2] }),
  ]);
  const file = pthOf(dict(Object.fromEntries(views)), { 0: new Uint8Array(count * 4) });
  assertThrows(() => readPth(file), InputError, "memory");
});

Deno.test("readPth() searches shared dicts once", () => {
  const wide = (below: number) =>
    `}(${Array.from({ length: 200 }, (_, i) => text(`k${i}`) + `h${number(1, below)}`).join("")}uq${
      number(1, below + 1)
    }0`;
  const root = `}q\x00${wide(0)}${wide(1)}${wide(2)}h\x03`.replace("}q\x00", "}q\x000");
  assertThrows(() => readPth(pthOf(root)), InputError, "no state_dict");
});

/** A pickle whose modules contain each other twice, so deep that no program could list them. */
const TWINS = (() => {
  let root = `${madeModule("A", { w: ONE })}q\x010`;
  for (let depth = 0; depth < 40; depth++) {
    root += `${madeModule("A", {}, { a: "h\x01", b: "h\x01" })}q\x010`;
  }
  return `${root}h\x01`;
})();
const CYCLE = `c__main__\nA\n)\x81q\x01${
  dict({ _parameters: "}", _buffers: "}", _modules: dict({ a: "h\x01" }) })
}b`;

/** Small files that stand for very much work: each is refused at once. */
const BOMBS: [name: string, opcodes: string, says: string][] = [
  [
    "an OrderedDict from one list, kept many times",
    `U\x01kN\x86q\x010](${"h\x01".repeat(200_000)}eq\x020ccollections\nOrderedDict\nq\x030` +
    `(${"h\x03h\x02\x85R".repeat(50_000)}t`,
    "2000000 steps",
  ],
  [
    "an OrderedDict from one list, dropped many times",
    `U\x01kN\x86q\x010](${"h\x01".repeat(200_000)}eq\x020ccollections\nOrderedDict\nq\x030` +
    `${"h\x03h\x02\x85R0".repeat(50_000)}N`,
    "2000000 steps",
  ],
  [
    "a tensor of one list of sizes, many times",
    `](${"K\x01".repeat(200_000)}eq\x010ctorch._utils\n_rebuild_tensor\nq\x020` +
    `${"h\x02(NK\x00h\x01h\x01tR0".repeat(50_000)}N`,
    "axes",
  ],
  ["modules that contain each other twice", TWINS, "more than 100000 parts"],
  ["a module that contains itself", CYCLE, "nested deeper than 50"],
  [
    "a module with names of any length",
    madeModule("A", {}, { ["a".repeat(600)]: madeModule("B", { ["b".repeat(600)]: ONE }) }),
    "names of more than 1000 characters",
  ],
  ["very many numbers", "](" + "K\x01".repeat(2_000_001) + "e", "2000000 steps"],
];

for (const [name, opcodes, says] of BOMBS) {
  Deno.test(`readPth() refuses ${name}`, () => {
    const { message } = assertThrows(() => readPth(pthOf(opcodes, { 0: SIX })), InputError);
    assertStringIncludes(message, says);
  });
}

Deno.test("readPth() takes attributes that are set again and again, and searches one dict once", () => {
  const attributes = `}q\x05(${`U\x09_metadataN`.repeat(50_000)}u0`;
  const root = `${dict({ w: ONE })}q\x040ccollections\nOrderedDict\n)Rq\x060${attributes}h\x06` +
    `${"h\x05b".repeat(100_000)}0h\x04`;
  assertEquals(Object.keys(readPth(pthOf(root, { 0: SIX })).tensors), ["w"]);
  const names = Array.from({ length: 20_000 }, (_, i) => text(`k${i}`));
  const shared = `}q\x05(${names.map((name) => `${name}N`).join("")}u0`;
  const objects = names.map((name) => `${name}ca\nB\n)\x81h\x05b`).join("");
  const file = pthOf(`${shared}}(${objects}${text("model")}${dict({ w: ONE })}u`, { 0: SIX });
  assertEquals(Object.keys(readPth(file).tensors), ["w"]);
});

Deno.test("readPth() keeps little of what stands under very many names", () => {
  const long = `X${number(4, 9000)}${"a".repeat(9000)}`;
  const list = `](${"G\x3f\xf1\x23\x45\x67\x89\xab\xcd".repeat(250)}e`;
  for (const value of [long, list]) {
    const names = Array.from({ length: 100_000 }, (_, i) => `${text(`k${i}`)}h\x01`).join("");
    const { metadata } = readPth(pthOf(`${value}q\x010}(${text("w")}${ONE}${names}u`, { 0: SIX }));
    const kept = Object.values(metadata).reduce((sum, { length }) => sum + length, 0);
    assert(kept > 0 && kept < 1_100_000, String(kept));
  }
});
