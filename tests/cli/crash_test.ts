import { assertEquals, assertStringIncludes } from "@std/assert";
import { isAvailable, runProgram } from "../interop/programs.ts";
import { assertSameBytes } from "../support/compare.ts";
import { run } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder, temporaryFolder } from "../support/temporary.ts";

Deno.test({
  name: "a full disk is named, the checkpoint stays, and the run goes on when there is room",
  ignore: !canMount(),
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const data = `${folder}/disk`;
      Deno.mkdirSync(data);
      mount(data, "3m");
      try {
        writeSmallData(data, 6);
        // 1.4 MiB for last.safetensors, 0.5 for best.safetensors: a second last.safetensors has no
        // room beside them.
        const options = [
          "--size",
          "32",
          "--base-channels",
          "4",
          "--sample-images",
          "0",
          "--name",
          "a",
        ];
        assertEquals((await run("train", data, ...options, "--epochs", "1")).code, 0);
        const last = Deno.readFileSync(`${data}/runs/a/last.safetensors`);
        const more = ["--resume", "a", "--epochs", "2"];
        const full = await run("train", data, ...more);
        assertEquals(full.code, 2, full.stderr);
        assertStringIncludes(full.stderr, "error: cannot write runs/a/last.safetensors");
        assertStringIncludes(full.stderr, "the disk is full; make room and try again");
        assertEquals(full.stderr.trim().split("\n").length, 1, full.stderr);
        assertSameBytes(
          "last.safetensors",
          Deno.readFileSync(`${data}/runs/a/last.safetensors`),
          last,
        );
        const left = [...filesOf(`${data}/runs/a`).keys()];
        assertEquals(left.filter((name) => name.includes("partial")), []);
        const verified = await run("verify", data, "a");
        assertEquals(verified.code, 0, verified.stdout);
        mount(data, "9m", "remount,");
        assertEquals((await run("train", data, ...more)).code, 0);
      } finally {
        runProgram("umount", [data]);
      }
    }),
});

/** A small disk in memory. */
function mount(path: string, size: string, option = ""): void {
  runProgram("mount", ["-t", "tmpfs", "-o", `${option}size=${size}`, "tmpfs", path]);
}

/** Whether this process may mount disks. */
function canMount(): boolean {
  const probe = temporaryFolder();
  try {
    return isAvailable("mount", "be root, where mounting is allowed", () => {
      mount(probe, "1m");
      runProgram("umount", [probe]);
    });
  } finally {
    Deno.removeSync(probe);
  }
}
