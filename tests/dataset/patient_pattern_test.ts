import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { groupsOfPatients } from "../../lib/dataset/groups.ts";
import { patientsByPattern } from "../../lib/dataset/patient_pattern.ts";

const IMAGES = ["a/P1_1.png", "a/P1_2.png", "a/P2_1.png", "b/P1_2.png", "b/x.png"];

Deno.test("patientsByPattern() takes the first group, or all that matches", async () => {
  const patients = await patientsByPattern(IMAGES, "(P\\d)_");
  assertEquals([...patients.values()], ["P1", "P1", "P2", "P1"]);
  assertEquals(groupsOfPatients(patients), [["a/P1_1.png", "a/P1_2.png", "b/P1_2.png"]]);
  assertEquals((await patientsByPattern(IMAGES, "^b")).get("b/x.png"), "b");
});

Deno.test("patientsByPattern() refuses what is no expression, and what matches nothing", async () => {
  const refused = (pattern: string, words: string) =>
    assertRejects(() => patientsByPattern(IMAGES, pattern), InputError, words);
  await refused("(", "no regular expression");
  await refused("Q", "none of the 5 images");
});

Deno.test("patientsByPattern() ends a pattern that would never end", async () => {
  const images = [`${"a".repeat(60)}.png`];
  for (const pattern of ["(a+)+!", "(a|a)*!", "(a*)*b\\d"]) {
    const refused = () => patientsByPattern(images, pattern, 50);
    await assertRejects(refused, InputError, "takes more than 0.05 s on 1 paths");
  }
});
