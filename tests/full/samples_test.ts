import { assert, assertEquals } from "@std/assert";
import { killAt } from "../support/kill.ts";
import { run } from "../support/program.ts";
import { filesOf, writeFiles, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const TRAIN = ["--size", "16", "--base-channels", "1", "--batch", "2", "--snapshot-every", "0"];
const OPTIONS = [...TRAIN, "--sample-images", "2", "--device", "cpu", "--threads", "1"];
const EPOCHS = ["--epochs", "2"];

Deno.test("the pictures of the best model are the same, wherever the run was killed and resumed", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 8);
    const whole = await run("train", data, ...OPTIONS, ...EPOCHS, "--name", "whole");
    assertEquals(whole.code, 0, whole.stderr);
    const samples = (name: string) => filesOf(`${data}/runs/${name}/samples`);
    const expected = samples("whole");
    const [first, second] = expected.keys();
    assert(second !== undefined);
    // Between the two pictures, before and after the best model, and after the commit point.
    const places = [`2@${first}`, `1@${second}`, "1@best.safetensors", "1@last.safetensors"];
    // The first epoch of a run without a checkpoint cannot be resumed, so the second is killed.
    const one = await run("train", data, ...OPTIONS, "--epochs", "1", "--name", "one");
    assertEquals(one.code, 0, one.stderr);
    const begun = filesOf(`${data}/runs/one`);
    for (const [number, place] of places.entries()) {
      const name = `killed ${number}`;
      writeFiles(`${data}/runs/${name}`, begun);
      Deno.writeTextFileSync(`${data}/runs/${name}/samples/${second}`, "of another epoch");
      const call = await killAt(place, data, ["--resume", name, ...EPOCHS]);
      assert(call !== undefined, place);
      const resumed = await run("train", data, "--resume", name, ...EPOCHS);
      const isFinished = resumed.code === 2 && resumed.stderr.includes("epochs");
      assert(resumed.code === 0 || isFinished, `${place}: ${resumed.stderr}`);
      assertEquals(samples(name), expected, `${place}: ${call}`);
      assertEquals((await run("verify", data, name)).code, 0);
    }
  }));
