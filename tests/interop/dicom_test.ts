/** DICOM files of pydicom, dcmtk and gdcm: their pixels are those of dcmtk. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { decodeImage } from "../../lib/image/codecs/decode.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { isAvailable, runProgram, runPython } from "./programs.ts";

const isThere = isAvailable(
  "pydicom, Pillow, dcmtk or gdcm",
  "apt-get install dcmtk python3-pydicom python3-numpy python3-pil libgdcm-tools",
  () => {
    runPython(["-c", "import numpy, PIL, pydicom"]);
    for (const program of ["dcmj2pnm", "gdcmconv"]) runProgram(program, ["--version"]);
  },
);

/** What dicom.py tells of a file. */
interface Made {
  /** Whether there is a file of the pixels that it shows. */
  readonly exact: boolean;
  /** The difference from dcmtk that is allowed. */
  readonly within: number;
  /** Whether dcmtk is to show the first window. */
  readonly window: boolean;
  /** Whether dcmtk can show it. */
  readonly dcmtk: boolean;
}

Deno.test({
  name:
    "DICOM files of all packings, depths and colours show dcmtk's pixels, or are refused by name",
  ignore: !isThere,
  fn: () =>
    inTemporaryFolder((folder) => {
      runPython(["tests/interop/dicom.py", folder]);
      const made: [string, Made][] = Object.entries(
        JSON.parse(Deno.readTextFileSync(`${folder}/made.json`)),
      );
      assertEquals(made.length, 110);
      const wrong: string[] = [];
      for (const [name, facts] of made) {
        const { pixels, wide } = decodeImage(Deno.readFileSync(`${folder}/${name}.dcm`), name);
        if (name.startsWith("mono16")) {
          const isRight = wide?.every((value, i) => value === 256 * pixels[i] + 255 - pixels[i]);
          if (!isRight) wrong.push(`${name} has other samples of 16 bits`);
        }
        if (facts.exact) {
          const most = farthest(pixels, Deno.readFileSync(`${folder}/${name}.raw`));
          if (most > 0) wrong.push(`${name} differs from what was packed by ${most}`);
        }
        if (facts.dcmtk) {
          const most = farthest(pixels, shownByDcmtk(folder, name, facts));
          if (most > facts.within) wrong.push(`${name} differs from dcmtk by ${most}`);
        }
      }
      assertEquals(wrong, []);
      const refusal = (name: string) =>
        assertThrows(
          () => decodeImage(Deno.readFileSync(`${folder}/${name}.dcm`), name),
          InputError,
        )
          .message;
      assertStringIncludes(refusal("refused_jpeg12"), "JPEG Extended with 12 bits");
      assertStringIncludes(refusal("refused_jpeg12"), "dcmdjpeg");
      assertStringIncludes(refusal("refused_frames"), "3 frames");
    }),
});

/** The pixels that dcmtk shows. */
function shownByDcmtk(folder: string, name: string, { window }: Made): Uint8Array {
  const program = name.includes("jls") ? "dcml2pnm" : "dcmj2pnm";
  const options = ["+op", ...(window ? ["+Wi", "1"] : [])];
  runProgram(program, [...options, `${name}.dcm`, `${name}.pnm`], folder);
  const pnm = Deno.readFileSync(`${folder}/${name}.pnm`);
  const head = /^P[56]\s+(?:#[^\n]*\s+)*\d+\s+\d+\s+\d+\s/.exec(
    new TextDecoder("latin1").decode(pnm.subarray(0, 100)),
  );
  assert(head, `${name}.pnm`);
  return pnm.subarray(head[0].length);
}

function farthest(pixels: Uint8Array, others: Uint8Array): number {
  if (pixels.length !== others.length) return Infinity;
  return pixels.reduce((most, pixel, i) => Math.max(most, Math.abs(pixel - others[i])), 0);
}
