import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { claimExisting, claimNew } from "../../lib/run/claim.ts";
import { trainRun } from "../../lib/run/train_run.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { LOCK_FILE } from "../../lib/store/hold.ts";
import { apart, WAIT } from "../support/apart.ts";
import { writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder, link } from "../support/temporary.ts";

const inData = (use: (data: DataFolder) => Promise<void>) =>
  inTemporaryFolder(async (folder) => use(await DataFolder.open(folder)));

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("of many claims of one name, one succeeds; without a name, each gets its own", () =>
  inData(async (data) => {
    const same = await Promise.allSettled(
      Array.from({ length: 8 }, () => claimNew(data, { name: "same" })),
    );
    const [got, ...others] = same.filter(({ status }) => status === "fulfilled");
    assertEquals(others, []);
    if (got?.status === "fulfilled") await got.value.hold.release();
    const free = await Promise.all(
      Array.from({ length: 8 }, () => claimNew(data, { freeName: "free" })),
    );
    const names = ["free", ...[2, 3, 4, 5, 6, 7, 8].map((number) => `free-${number}`)];
    assertEquals(free.map(({ run }) => run.name).sort(), names);
    for (const { hold } of free) await hold.release();
    assertEquals(await data.walk(), []);
  }));

Deno.test("a claim that fails, or writes nothing, leaves no folder behind", () =>
  inData(async (data) => {
    const { hold } = await claimNew(data, { name: "a" });
    assertEquals(namesIn(`${data.root}/runs/a`), [LOCK_FILE]);
    await hold.release();
    assertEquals(namesIn(data.root), []);

    writeSmallData(data.root, 6);
    for (const config of [{ images: "nowhere" }, { width: 0 }, { maxImages: 1 }]) {
      await assertRejects(() => trainRun({ data, config, name: "a" }), InputError);
      assertEquals(namesIn(data.root), ["benign", "malignant", "normal"]);
    }
    await data.writeFile("not-a-run", "");
    const bad = { data, config: {}, weights: "not-a-run" };
    await assertRejects(() => trainRun(bad), InputError, "not-a-run");
    assertEquals(await data.exists("runs"), false);
  }));

Deno.test("a name is taken by any file, but not by what a claim left that was killed", () =>
  inData(async (data) => {
    const code = `const { claimNew } = await import(${
      JSON.stringify(new URL("../../lib/run/claim.ts", import.meta.url).href)
    });
      const data = await DataFolder.open(${JSON.stringify(data.root)});
      await claimNew(data, { name: "killed" }); await claimNew(data, {}); console.log("claimed");
      ${WAIT}`;
    const other = apart(data.root, code);
    await other.line();
    assertEquals(namesIn(`${data.root}/runs`).length, 2);
    await assertRejects(() => claimNew(data, { name: "killed" }), InputError, "in use by train");
    await other.kill();
    const { hold } = await claimNew(data, { name: "killed" });
    assertEquals(namesIn(`${data.root}/runs`), ["killed"]);
    await hold.release();

    await data.makeFolder("runs/empty");
    await (await claimNew(data, { name: "empty" })).hold.release();
    await data.makeFolder("runs/full");
    await data.writeFile("runs/full/notes.txt", "");
    await data.writeFile("runs/file", "");
    for (const name of ["full", "file"]) {
      await assertRejects(() => claimNew(data, { name }), InputError, `already a run ${name}`);
    }
    // A run with a lock that cannot be looked at is in nobody's way.
    await data.makeFolder("runs/sent");
    link("nowhere", `${data.root}/runs/sent/.sonoseg.lock`);
    const { run, hold: free } = await claimNew(data, { freeName: "full" });
    assertEquals(run.name, "full-2");
    await free.release();
  }));

Deno.test("a run that is in use is neither resumed nor reported", () =>
  inData(async (data) => {
    writeSmallData(data.root, 6);
    const config = { width: 16, height: 16, baseChannels: 1, epochs: 1 };
    const settings = { device: "cpu", sampleImages: 0, snapshotEvery: 0 } as const;
    const { run } = await trainRun({ data, config, settings, name: "a" });
    assertEquals(await data.exists(run.file(LOCK_FILE)), false);
    const { hold } = await claimExisting(data, "a", "report");
    const resumed = { data, config: { epochs: 2 }, settings, resume: "a" };
    await assertRejects(() => trainRun(resumed), InputError, "in use by report");
    await hold.release();
    const both = await Promise.allSettled([trainRun(resumed), trainRun(resumed)]);
    assertEquals(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    const [refused] = both.filter((one) => one.status === "rejected");
    // The holder may not have written its name yet.
    await assertRejects(() => Promise.reject(refused.reason), InputError, "runs/a is in use by ");
  }));

Deno.test("a new run gets no name that the other commands would take for an option", () =>
  inData(async (data) => {
    await assertRejects(() => claimNew(data, { name: "-x" }), InputError, '"-x" cannot name a run');
    assertEquals(await data.exists("runs"), false);
  }));
