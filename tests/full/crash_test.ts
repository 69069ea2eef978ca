import { assert } from "@std/assert";
import {
  assertResumes,
  assertSurvivesRandomKills,
  killAt,
  KILLED_RUN,
  resultOf,
  trainWhole,
} from "../support/kill.ts";
import { writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

Deno.test("a run killed at any call that changes files, from its first checkpoint on, resumes to the same bytes", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const options = ["--epochs", "2", "--save-every", "0.0000001"];
    await trainWhole(data, "whole", options);
    const whole = resultOf(data, "whole");
    let places = 0;
    for (let number = 1;; number++) {
      const name = `killed ${number}`;
      const args = [...KILLED_RUN, ...options, "--name", name];
      const call = await killAt(`${number}@last.safetensors`, data, args);
      if (call === undefined) break;
      await assertResumes(`${number}: ${call}`, data, name, whole, []);
      Deno.removeSync(`${data}/runs/${name}`, { recursive: true });
      places++;
    }
    assert(places > 100, `only ${places} places`);
  }));

Deno.test("a run killed at 50 random moments resumes to the same bytes", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    await assertSurvivesRandomKills(data, 50);
  }));
