import { assertEquals, assertStringIncludes } from "@std/assert";
import { ended, flagsOf, run, spawn } from "../support/program.ts";
import { writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const TRAIN = ["--size", "16", "--base-channels", "1", "--sample-images", "0", "--device", "cpu"];

Deno.test({
  name: "a training whose log is on a full disk goes on to its end in silence",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inTemporaryFolder(async (data) => {
      writeSmallData(data, 6);
      // Every write to this device fails as on a full disk.
      const script = `"$0" "$@" > /dev/full`;
      const args = ["train", "--data", data, ...TRAIN, "--epochs", "2", "--name", "a"];
      const program = [Deno.execPath(), ...flagsOf("train", data), "main.ts", ...args];
      const { code, stderr } = await ended(spawn(["-c", script, ...program], "sh"));
      assertEquals([code, stderr], [0, ""]);
      const { stdout, code: verified } = await run("verify", data, "a");
      assertEquals(verified, 0);
      assertStringIncludes(stdout, "2 epochs of 2");
      const silent = `"$0" "$@" > /dev/full 2> /dev/full`;
      assertEquals((await ended(spawn(["-c", silent, ...program], "sh"))).code, 2);
    }),
});

Deno.test({
  name: "help and a wrong option end as usual where nothing can be written",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inTemporaryFolder(async (data) => {
      const silent = `"$0" "$@" > /dev/full 2> /dev/full`;
      for (const [option, code] of [["--help", 0], ["--nonsense", 2]] as const) {
        const program = [Deno.execPath(), ...flagsOf("train", data), "main.ts", "train", option];
        assertEquals((await ended(spawn(["-c", silent, ...program], "sh"))).code, code, option);
      }
    }),
});
