import { assertEquals } from "@std/assert";
import { joined } from "../../lib/core/joined.ts";
import { imageRecord, scalarsRecord, versionRecord } from "../../lib/formats/tensorboard.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { isAvailable, runProgram, runPython } from "./programs.ts";

const canRead = isAvailable(
  "protoc or python3-crc32c",
  "apt-get install protobuf-compiler python3-crc32c",
  () => {
    runProgram("protoc", ["--version"]);
    runPython(["-c", "import crc32c"]);
  },
);

Deno.test({
  name: "protoc and crc32c read an event file",
  ignore: !canRead,
  fn: () =>
    inTemporaryFolder((folder) => {
      const png = new TextEncoder().encode("picture");
      const time = { wallTime: 1, step: 300 };
      Deno.writeFileSync(
        `${folder}/events`,
        joined([
          versionRecord(0.5),
          scalarsRecord(time, { "loss/train": 0.5, "dice/validation": 2 }),
          imageRecord(time, "images", { width: 7, height: 5, png }),
        ]),
      );
      const text = runPython(["-B", "tests/interop/read_events.py", `${folder}/events`]);
      assertEquals(
        text,
        `1: 0x3fe0000000000000
3: "brain.Event:2"
1: 0x3ff0000000000000
2: 300
5 {
  1 {
    1: "loss/train"
    2: 0x3f000000
  }
  1 {
    1: "dice/validation"
    2: 0x40000000
  }
}
1: 0x3ff0000000000000
2: 300
5 {
  1 {
    1: "images"
    4 {
      1: 5
      2: 7
      3: 1
      4: "picture"
    }
  }
}
`,
      );
      return Promise.resolve();
    }),
});
