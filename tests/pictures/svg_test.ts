import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { element, escapeText, fitText, text } from "../../lib/pictures/svg.ts";

Deno.test("element() writes attributes, escapes them and leaves out undefined ones", () => {
  assertEquals(
    element("a", { x: 1.23456, name: '<"&>', none: undefined }, "<b/>"),
    '<a x="1.23" name="&lt;&quot;&amp;&gt;"><b/></a>',
  );
  assertEquals(element("a", {}), "<a/>");
});

Deno.test("escapeText() replaces what XML forbids", () => {
  assertEquals(escapeText("a\u0000b\u001bc\ud800"), "a\ufffdb\ufffdc\ufffd");
  assertEquals(escapeText("tab\tand é 日"), "tab\tand é 日");
});

Deno.test("fitText() keeps short words and cuts the middle of long ones", () => {
  assertEquals(fitText("short", 200, 12), "short");
  const cut = fitText("a-very-long-name-of-an-image (123).png", 120, 12);
  assert(cut.length < 25);
  assertStringIncludes(cut, "…");
  assert(cut.startsWith("a-very") && cut.endsWith(").png"));
});

Deno.test("text() turns words about their anchor", () => {
  assertStringIncludes(text("up", 10, 20, { turn: -90 }), 'transform="rotate(-90 10 20)"');
});
