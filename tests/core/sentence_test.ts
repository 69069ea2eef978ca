import { assertEquals } from "@std/assert";
import { spelled } from "../../lib/cli/options/flags.ts";
import { TASK } from "../../lib/cli/words/task.ts";
import { DeviceError, InputError } from "../../lib/core/errors.ts";
import { command, sentence, setting } from "../../lib/core/sentence.ts";

Deno.test("a sentence calls a setting by its field, and the command line spells its flag", () => {
  const text = sentence`use a smaller ${setting("baseChannels")}, or ${setting("batch", 2)}; see
    ${command("verify", "my run")}`;
  assertEquals(String(text), "use a smaller baseChannels, or batch 2; see verify my run");
  assertEquals(
    spelled(text),
    `use a smaller --base-channels, or --batch 2; see ${TASK} verify 'my run'`,
  );
});

Deno.test("a sentence inside a sentence keeps its mentions, and values keep their line breaks", () => {
  const inner = sentence`${setting("learningRate")} is 0`;
  const outer = sentence`${"a\n  b"} cannot be used: ${inner}`;
  assertEquals(spelled(outer), "a\n  b cannot be used: --lr is 0");
  assertEquals(String(outer), "a\n  b cannot be used: learningRate is 0");
});

Deno.test("text that looks like a mention is none", () => {
  const name = "${setting('batch')} --batch {batch}";
  assertEquals(spelled(sentence`there is no ${name}`), `there is no ${name}`);
});

Deno.test("an error names the setting that it is about", () => {
  const text = sentence`${command("train")} needs ${setting("weights")} or ${setting("resume")}`;
  assertEquals(new InputError(text).field, "weights");
  assertEquals(new DeviceError(text).message, "train needs weights or resume");
  const plain = new InputError("there is no such file");
  assertEquals([plain.field, spelled(plain.sentence)], [undefined, "there is no such file"]);
});
