import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { groupsOfPatients, joinGroups, patientsByPattern } from "../../lib/dataset/groups.ts";

const IMAGES = ["a/P1_1.png", "a/P1_2.png", "a/P2_1.png", "b/P1_2.png", "b/x.png"];

Deno.test("joinGroups() joins what shares an image and drops what stands alone", () => {
  assertEquals(
    joinGroups([["d", "c"], ["a", "b"], ["e"], ["b", "f", "a"], ["g", "g"], ["f", "h"]]),
    [
      ["a", "b", "f", "h"],
      ["c", "d"],
    ],
  );
  assertEquals(joinGroups([]), []);
});

Deno.test("patientsByPattern() takes the first group, or all that matches", () => {
  const patients = patientsByPattern(IMAGES, "(P\\d)_");
  assertEquals([...patients.values()], ["P1", "P1", "P2", "P1"]);
  assertEquals(groupsOfPatients(patients), [["a/P1_1.png", "a/P1_2.png", "b/P1_2.png"]]);
  assertEquals(patientsByPattern(IMAGES, "^b").get("b/x.png"), "b");
  assertThrows(() => patientsByPattern(IMAGES, "("), InputError, "no regular expression");
  assertThrows(() => patientsByPattern(IMAGES, "Q"), InputError, "none of the 5 images");
});
