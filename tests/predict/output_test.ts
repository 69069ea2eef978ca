import { assertRejects } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { checkOutput } from "../../lib/predict/output.ts";
import type { EntryKind } from "../../lib/store/store.ts";
import { MemoryStore } from "../support/memory_store.ts";

const SHARD = { index: 1, count: 2 };
const PARTS = "out/predictions.parts";

/** A store in which another process writes right after the first look at the folder of parts. */
class Busy extends MemoryStore {
  #looks = 0;

  constructor(readonly written: string) {
    super([]);
  }

  override async kindOf(path: string): Promise<EntryKind | undefined> {
    const kind = await super.kindOf(path);
    if (path === PARTS && this.#looks++ === 0) await this.writeFile(this.written, "");
    return kind;
  }
}

Deno.test("checkOutput() takes a shard whose fellow begins at the same moment", async () => {
  await checkOutput(new Busy(`${PARTS}/2-of-2.json.lock`), "out", SHARD);
});

Deno.test("checkOutput() refuses files of somebody else that come at the same moment", async () => {
  const store = new Busy("out/photo.png");
  await assertRejects(() => checkOutput(store, "out", SHARD), InputError, "holds other files");
});
