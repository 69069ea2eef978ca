/** Damaged annotation files and tables of images: refused in a sentence, or read. @module */
import { InputError } from "../../lib/core/errors.ts";
import { parseJson } from "../../lib/core/json.ts";
import { textOf } from "../../lib/core/text.ts";
import type { Annotations } from "../../lib/dataset/annotations/annotations.ts";
import { isCoco, readCoco } from "../../lib/dataset/annotations/coco.ts";
import { drawMask } from "../../lib/dataset/annotations/draw.ts";
import { isLabelme, readLabelme } from "../../lib/dataset/annotations/labelme.ts";
import { readPatientTable } from "../../lib/dataset/patient_table.ts";
import { readSpacingTable } from "../../lib/dataset/spacing_table.ts";
import { MOST_PIXELS } from "../../lib/image/codecs/header.ts";
import { type FuzzTarget, testTarget } from "../support/fuzz.ts";

const SQUARE = [1, 1, 4, 1, 4, 3, 1, 3];
const POINTS = [[1, 1], [4, 1], [4, 3], [1, 3]];
const bytes = (text: string) => new TextEncoder().encode(text);

const coco = {
  images: [{ id: 7, file_name: "benign/a.png", width: 8, height: 6 }],
  categories: [{ id: 1, name: "lesion" }],
  annotations: [
    { id: 1, image_id: 7, category_id: 1, segmentation: [SQUARE], iscrowd: 0 },
    { id: 2, image_id: 7, category_id: 1, segmentation: { size: [6, 8], counts: [9, 3, 36] } },
    { id: 3, image_id: 7, category_id: 1, segmentation: { size: [6, 8], counts: "93T1" } },
  ],
};

const labelme = {
  version: "5.0",
  imagePath: "a.png",
  imageWidth: 8,
  imageHeight: 6,
  shapes: [
    { label: "lesion", shape_type: "polygon", points: POINTS },
    { label: "lesion", shape_type: "circle", points: [[2, 2], [3, 3]] },
    { label: "lesion", shape_type: "rectangle", points: [[1, 1], [3, 4]] },
  ],
};

const TARGETS: readonly FuzzTarget[] = [
  {
    name: "annotations, read and drawn",
    seeds: [bytes(JSON.stringify(coco)), bytes(JSON.stringify(labelme))],
    // An image of the largest size may be drawn, with what drawing needs beside it.
    allows: () => 4 * MOST_PIXELS,
    read(file) {
      for (const image of annotationsOf(file).images) {
        drawMask(image, image.size ?? { width: 8, height: 6 }, () => true, "it");
      }
    },
  },
  {
    name: "readPatientTable()",
    seeds: [
      bytes('\ufefffile;patient\r\n"a/1.png"; P1\r\n\r\na\\2.png;P2\r\n'),
      bytes("ID,Case,Histology\n1,7,x\n2,8,y\n"),
    ],
    read(file) {
      readPatientTable(file, ["a/1.png", "a/2.png"], "it");
    },
  },
  {
    name: "readSpacingTable()",
    seeds: [
      bytes("\ufeffimage;mm_per_px_x;mm_per_px_y\r\na/1.png;0.1;0.2\r\na/2.png;;\r\n"),
    ],
    read(file) {
      readSpacingTable(file, ["a/1.png", "a/2.png"], "it");
    },
  },
];

for (const target of TARGETS) testTarget(target);

function annotationsOf(file: Uint8Array): Annotations {
  const json = parseJson(textOf(file, "it"), "it");
  if (isCoco(json)) return readCoco(json, "it");
  if (isLabelme(json)) return readLabelme(json, "it");
  throw new InputError("it has no annotations");
}
