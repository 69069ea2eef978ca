import { assertEquals, assertStringIncludes } from "@std/assert";
import { TASK } from "../../lib/cli/words/task.ts";
import { kill, readUntil, run, start } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SMALL = ["--size", "32", "--base-channels", "2"];

/** Runs `verify`; it must not change anything. */
async function verify(data: string, name: string) {
  const before = filesOf(data);
  const result = await run("verify", data, name);
  assertEquals(filesOf(data), before);
  return result;
}

Deno.test("verify finds a killed run usable, and its advice works", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const child = start("train", data, [...SMALL, "--epochs", "500", "--name", "a"]);
    await readUntil(child.stdout, (text) => text.includes("epoch   2/500"));
    await kill(child);

    const killed = await verify(data, "a");
    assertEquals([killed.code, killed.stderr], [0, ""], killed.stdout);
    assertStringIncludes(killed.stdout, `Go on with: ${TASK} train --resume a`);
    const [, epochs] = /whole: (\d+) epochs? of 500/.exec(killed.stdout)!;
    const goal = String(Number(epochs) + 1);
    const resumed = await run("train", data, "--resume", "a", "--epochs", goal);
    assertEquals(resumed.code, 0, resumed.stderr);
    const finished = await verify(data, "a");
    assertEquals(finished.code, 0, finished.stdout);
    assertStringIncludes(finished.stdout, "The run is finished");
    for (const word of ["behind", "missing", "damaged"]) {
      assertEquals(finished.stdout.includes(word), false, finished.stdout);
    }
  }));

Deno.test("verify of a damaged run ends with 2 and says what can be used", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    await run("train", data, ...SMALL, "--epochs", "1", "--name", "a");
    const folder = `${data}/runs/a`;
    Deno.writeTextFileSync(`${folder}/manifest.json`, "{");
    const manifest = await verify(data, "a");
    assertEquals([manifest.code, manifest.stderr], [0, ""]);
    assertStringIncludes(manifest.stdout, "damaged: runs/a/manifest.json is no JSON");
    const resumed = await run("train", data, "--resume", "a", "--epochs", "2");
    assertEquals(resumed.code, 0, resumed.stderr);
    assertStringIncludes(resumed.stdout, "warning: runs/a/manifest.json is no JSON");
    assertEquals((await verify(data, "a")).stdout.includes("damaged"), false);

    const last = Deno.readFileSync(`${folder}/last.safetensors`);
    Deno.writeFileSync(`${folder}/last.safetensors`, last.subarray(0, last.length / 2));
    const half = await verify(data, "a");
    assertEquals(half.code, 2);
    assertStringIncludes(half.stdout, "checkpoint before it is whole: 1 epoch of 1");
    assertStringIncludes(half.stdout, "train --resume a --from-previous --epochs 2");
    Deno.removeSync(`${folder}/previous.safetensors`);
    const alone = await verify(data, "a");
    assertEquals(alone.code, 2);
    assertStringIncludes(alone.stdout, `--weights runs/a/best.safetensors`);
    const options = ["--weights", "runs/a/best.safetensors", "--epochs", "1", "--name", "b"];
    assertEquals((await run("train", data, ...options)).code, 0);

    Deno.removeSync(`${folder}/best.safetensors`);
    const none = await verify(data, "a");
    assertEquals(none.code, 2);
    assertStringIncludes(none.stdout, "nothing in it to go on with");
    const unknown = await verify(data, "c");
    assertEquals(unknown.code, 2);
    assertStringIncludes(unknown.stderr, "error: there is no run c in runs/; there are: a, b");
  }));
