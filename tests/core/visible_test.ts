import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../lib/core/errors.ts";
import { sentence, setting } from "../../lib/core/sentence.ts";
import { brief, visibleLine, visibleLines, visibleMessage } from "../../lib/core/visible.ts";

/** What a terminal obeys, or shows in another order than it has. */
const UNSEEN = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;

Deno.test("control characters and direction marks are written out", () => {
  assertEquals(visibleLine("a\x1b]52;c;aGk=\x07b"), "a\\x1b]52;c;aGk=\\x07b");
  assertEquals(
    visibleLine("\u202egnp.exe \u2066x\u2069 \x9b2J"),
    "\\u202egnp.exe \\u2066x\\u2069 \\x9b2J",
  );
  assertEquals(visibleLine("a\nb\tc\r\0"), "a\\nb\\tc\\r\\x00");
});

Deno.test("letters of all scripts, emoji and their joiners stay", () => {
  const text = "Läsion 囊肿 دواء आँख 👩‍⚕️ é";
  assertEquals(visibleLine(text), text);
});

Deno.test("no text leaves a character that a terminal obeys", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert(!UNSEEN.test(visibleLine(text)));
    assert(!UNSEEN.test(visibleLines(text).replaceAll("\n", "")));
    assert(visibleLine(text).isWellFormed());
  }));
});

Deno.test("a line break in a name begins no line of a message", () => {
  const forged = "a.png\nerror: all is lost";
  assertEquals(visibleMessage(`cannot read ${forged}`), "cannot read a.png\\nerror: all is lost");
  const list = "2 files cannot be used:\n  a.png\n  b.png";
  assertEquals(visibleMessage(list), list);
});

Deno.test("a long value loses its middle", () => {
  assertEquals(brief("abc", 3), "abc");
  assertEquals(brief("abcdefghij", 4), "abc... (6 characters left out) ...j");
});

Deno.test("messages stay short, whatever the values in them", () => {
  const long = "x".repeat(1_000_000);
  for (
    const text of [
      sentence`${setting("out", long)} holds ${long}`,
      sentence`${sentence`${long}`}`,
      `cannot read ${long}`,
      `cannot read\n${"y\n  ".repeat(500_000)}`,
    ]
  ) {
    const { message, sentence } = new InputError(text);
    assert(message.length < 20_000, `${message.length}`);
    assert(sentence.spelled(({ name, value }) => `${name} ${value}`).length < 20_000);
  }
});
