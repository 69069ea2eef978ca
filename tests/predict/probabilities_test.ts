import { assertEquals } from "@std/assert";
import { probabilitiesOf, sigmoid } from "../../lib/predict/probabilities.ts";

/** What the module says that it computes. */
function assertRounded(logits: Float32Array): void {
  const expected = Uint16Array.from(logits, (logit) => Math.round(sigmoid(logit) * 65535));
  const wrong = probabilitiesOf(logits).findIndex((value, k) => value !== expected[k]);
  assertEquals(wrong, -1, `the probability of the logit ${logits[wrong]}`);
}

Deno.test("probabilities of 16 bits round the sigmoid, also next to every half", () => {
  const halves = Float32Array.from(
    { length: 65535 },
    (_, k) => Math.log((k + 0.5) / (65534.5 - k)),
  );
  // A step of the bits is the next float32 away from 0 or towards it.
  for (let away = -4; away <= 4; away++) {
    const beside = halves.slice();
    new Int32Array(beside.buffer).forEach((bits, k, all) => all[k] = bits + away);
    assertRounded(beside);
  }
});

Deno.test("probabilities of 16 bits round the sigmoid between and beyond the table's places", () => {
  assertRounded(Float32Array.from({ length: 400_000 }, (_, k) => (k - 200_000) * 6.5e-5));
  assertRounded(Float32Array.of(0, -0, 1e-30, -1e-30, 12, -12, 11.999999, -11.999999, 12.000001));
  assertRounded(Float32Array.of(-12.000001, 88, -88, 1e30, -1e30, Infinity, -Infinity));
});
