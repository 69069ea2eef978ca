import { assertEquals } from "@std/assert";
import { classesOf } from "../../lib/dataset/classes.ts";

const kinds = (images: string[]) => [...classesOf(images).values()];

Deno.test("classesOf() takes folders, by their last part where that tells them apart", () => {
  const images = ["a/benign/1.png", "a/benign/2.png", "a/normal/1.png", "b/cyst/x.png"];
  assertEquals(kinds([...images, ...images.map((image) => image.replace(".", "0."))]), [
    "benign",
    "benign",
    "normal",
    "cyst",
    "benign",
    "benign",
    "normal",
    "cyst",
  ]);
  assertEquals(kinds(["a/x/1.png", "a/x/2.png", "b/x/1.png", "b/x/2.png"]), [
    "a/x",
    "a/x",
    "b/x",
    "b/x",
  ]);
});

Deno.test("classesOf() takes the words before the digits in one folder", () => {
  const images = ["benign (1).png", "Benign_2.png", "malignant-3.png", "malignant 4b.jpg"];
  assertEquals(kinds(images), ["benign", "benign", "malignant", "malignant"]);
});

Deno.test("classesOf() finds none in one kind, in too many, and in names without words", () => {
  assertEquals(kinds(["img_1.png", "img_2.png"]), []);
  const patients = Array.from({ length: 60 }, (_, i) => `p${i % 30}/${i}.png`);
  assertEquals(kinds(patients), []);
  assertEquals(kinds(["1.png", "2.png", "a3.png", "a4.png"]), []);
  assertEquals(kinds(["a.png", "b.png", "c.png"]), []);
});
