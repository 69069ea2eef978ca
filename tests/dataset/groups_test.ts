import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { joinGroups, patientsFromCsv } from "../../lib/dataset/groups.ts";

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

Deno.test("patientsFromCsv() takes paths and unambiguous names", () => {
  const csv = (rows: string) => () =>
    patientsFromCsv(`\ufefffile,age,patient\r\n${rows}`, IMAGES, "t.csv");
  assertEquals(
    [...csv('a/P1_1.png,4,"Doe, J"\r\nP2_1.png,5,7\r\nother.png,6,8\r\nb/x.png,1,\r\n')()],
    [["a/P1_1.png", "Doe, J"], ["a/P2_1.png", "7"]],
  );
  const guarded = () => patientsFromCsv("file,patient\n'=1.png,7\n", ["=1.png"], "t.csv");
  assertEquals([...guarded()], [["=1.png", "7"]]);
  assertThrows(csv("P1_2.png,1,2"), InputError, "a/P1_2.png or b/P1_2.png");
  assertThrows(csv("x.png,1,2\nb/x.png,1,3"), InputError, "b/x.png two patients, 2 and 3");
  assertThrows(csv("y.png,1,2"), InputError, "t.csv names none");
  const other = () => patientsFromCsv("image,patient\na/P1_1.png,3\n", IMAGES, "t.csv");
  assertThrows(other, InputError, 'the columns "file" and "patient"');
  assertThrows(() => patientsFromCsv("", IMAGES, "t.csv"), InputError, "t.csv");
  assertThrows(csv('"x.png,1,2'), InputError, "no CSV table");
});
