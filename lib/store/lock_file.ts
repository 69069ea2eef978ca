/**
 * Lock files: a folder that one process writes to is closed to others.
 *
 * The lock is the system's advisory lock on the file. The system releases it when the process ends,
 * however it ends, so a lock is never in anybody's way for long. The text in the file only says who
 * holds it. A file whose lock is free was left by a process that was killed; it is taken over.
 *
 * Some network shares have no such locks. There the file itself is the lock: only one process can
 * create it, its owner renews its time every minute, and after ten minutes without that it is taken
 * over. Shares that lock within one machine only, as NFS mounted with `nolock`, do not say so; they
 * cannot be recognised.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { fits, object, text, whole } from "../core/json.ts";
import { lockIfFree, partialName, writeAll } from "./partial_files.ts";
import { liesAt, openSame, type Place } from "./same_file.ts";
import type { Holder, Lock } from "./store.ts";
import { removeIfThere } from "./synced_files.ts";

/** The longest text of a lock file that is read, in bytes. */
const LONGEST = 1000;

/** On a share without locks, a file that its owner has not renewed for so long is taken over. */
const STALE_MS = 600_000;
const RENEWED_MS = 60_000;

/** How often a lock is tried that others take, release and look at meanwhile. */
const ATTEMPTS = 100;

/** A holder writes its text right after it has the lock. So often, and so long, it is awaited. */
const TEXT_ATTEMPTS = 20;
const TEXT_WAIT_MS = 10;

const holderFields = object({ doing: text, process: whole(), started: text });

/** The holder of a lock, as far as the file tells. */
function holderOf(bytes: Uint8Array): Holder {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (!fits(holderFields, json)) return {};
    const { doing, process, started } = json as Required<Holder>;
    const isTold = /^[a-z]{1,20}$/.test(doing) && /^\d{4}-\d\d-\d\dT[\d:.]{8,12}Z$/.test(started);
    return isTold ? { doing, process, started } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** The text of a lock of this process. No two are equal. */
function textOf(doing: string): Uint8Array {
  const started = new Date().toISOString();
  const holder = { doing, process: Deno.pid, started, id: crypto.randomUUID() };
  return new TextEncoder().encode(`${JSON.stringify(holder)}\n`);
}

/** Takes the lock at a path, or says who holds it. */
export async function takeLock(
  path: string,
  doing: string,
  place: Place,
): Promise<Lock | { readonly holder: Holder }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { file, isNew } = await openLock(path, place);
    const free = await lockIfFree(file);
    if (free === undefined) {
      file.close();
      const taken = await takeByExistence(path, doing, isNew, place);
      if (taken !== undefined) return taken;
      continue;
    }
    if (!free && isNew) {
      // Another process has looked whether the lock was left over.
      file.close();
      continue;
    }
    if (!free) {
      const holder = await readHolder(file);
      file.close();
      if (holder.doing !== undefined || attempt >= TEXT_ATTEMPTS) return { holder };
      await new Promise((resolve) => setTimeout(resolve, TEXT_WAIT_MS));
      continue;
    }
    const left = isNew ? undefined : await readHolder(file);
    try {
      // The former holder may have removed the file between the opening and the locking.
      if (await isThere(file, path, place) && await isMarked(file, path, textOf(doing))) {
        return lockOf(file, path, left);
      }
    } catch (error) {
      // On a full disk the file is made, but its text has no room.
      if (isNew) await removeIfThere(path);
      file.close();
      throw error;
    }
    file.close();
  }
  return { holder: {} };
}

function lockOf(file: Deno.FsFile, path: string, left: Holder | undefined): Lock {
  return {
    ...(left && { left }),
    async release() {
      try {
        await removeIfThere(path);
      } finally {
        file.close();
      }
    },
  };
}

/** The holder of the lock at a path; `undefined` if nobody holds it. */
export async function heldBy(path: string, place: Place): Promise<Holder | undefined> {
  let file: Deno.FsFile;
  try {
    file = await openSame(path, { read: true }, place);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  using opened = file;
  const free = await lockIfFree(opened, false) ?? await isStale(path);
  return free ? undefined : await readHolder(opened);
}

async function openLock(
  path: string,
  place: Place,
): Promise<{ file: Deno.FsFile; isNew: boolean }> {
  for (;;) {
    try {
      const file = await Deno.open(path, { read: true, write: true, createNew: true });
      return { file, isNew: true };
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
    try {
      if (await isLink(path)) await Deno.remove(path);
      return { file: await openSame(path, { read: true, write: true }, place), isNew: false };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Whether a link lies in place of a lock, as a folder that somebody sent may have it. */
async function isLink(path: string): Promise<boolean> {
  const { isSymlink, isFile, isDirectory } = await Deno.lstat(path);
  if (isSymlink || isFile || isDirectory) return isSymlink;
  throw new InputError(`${path} is no plain file; remove it`);
}

/**
 * Whether the locked file is still the one at the path. One with a second name is no lock of ours:
 * its name is removed, so that no text replaces the content that the other name leads to.
 */
async function isThere(file: Deno.FsFile, path: string, place: Place): Promise<boolean> {
  try {
    const { isSymlink, nlink } = await Deno.lstat(path);
    if (!isSymlink && (nlink ?? 1) <= 1) return await liesAt(file, path, place);
    await Deno.remove(path);
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Writes the text of a lock. Returns whether the path leads to the file that has it. */
async function isMarked(file: Deno.FsFile, path: string, words: Uint8Array): Promise<boolean> {
  await file.truncate(0);
  await file.seek(0, Deno.SeekMode.Start);
  await writeAll(file, words);
  try {
    return new TextDecoder().decode(words) === await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    // Windows lets nobody read the file now; it keeps a file that is open, too.
    if (Deno.build.os === "windows") return true;
    throw error;
  }
}

/** Reads the text of a lock. On Windows the holder's lock forbids it. */
async function readHolder(file: Deno.FsFile): Promise<Holder> {
  try {
    await file.seek(0, Deno.SeekMode.Start);
    const bytes = new Uint8Array(LONGEST);
    const count = await file.read(bytes);
    return holderOf(bytes.subarray(0, count ?? 0));
  } catch (error) {
    if (error instanceof Error) return {};
    throw error;
  }
}

/** The lock on a share without locks; `undefined` if a stale one was removed. */
async function takeByExistence(
  path: string,
  doing: string,
  isNew: boolean,
  place: Place,
): Promise<Lock | { readonly holder: Holder } | undefined> {
  using file = await openSame(path, { read: true, write: true }, place);
  if (isNew) {
    try {
      await writeAll(file, textOf(doing));
    } catch (error) {
      await removeIfThere(path);
      throw error;
    }
    return ownFile(path);
  }
  const holder = await readHolder(file);
  if (!await isStale(path)) return { holder };
  const { ino } = await Deno.lstat(path);
  // Of several that find it stale, one renames it; the others find another file or none.
  const aside = join(dirname(path), partialName(path));
  try {
    await Deno.rename(path, aside);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return undefined;
  }
  if ((await Deno.lstat(aside)).ino !== ino) {
    await Deno.rename(aside, path);
    return { holder: {} };
  }
  await removeIfThere(aside);
  const taken = await takeLock(path, doing, place);
  return "release" in taken ? { ...taken, left: holder } : taken;
}

/** A lock whose file is renewed until it is released. */
function ownFile(path: string): Lock {
  const timer = setInterval(() => {
    const now = new Date();
    Deno.utime(path, now, now).catch(() => {});
  }, RENEWED_MS);
  Deno.unrefTimer(timer);
  return {
    async release() {
      clearInterval(timer);
      await removeIfThere(path);
    },
  };
}

/** Whether nobody has renewed a lock for long, by the clock of the disk that it is on. */
async function isStale(path: string): Promise<boolean> {
  const probe = join(dirname(path), partialName(path));
  try {
    await Deno.writeFile(probe, new Uint8Array(0), { createNew: true });
    const [renewed, now] = [(await Deno.lstat(path)).mtime, (await Deno.lstat(probe)).mtime];
    return renewed !== null && now !== null && now.getTime() - renewed.getTime() > STALE_MS;
  } finally {
    await removeIfThere(probe);
  }
}

/** Refuses what another process holds. `what` is the folder, `path` its lock file. */
export function heldError(what: string, path: string, holder: Holder): InputError {
  const { doing, process, started } = holder;
  const who = doing === undefined
    ? "another process"
    : `${doing}, process ${process}, since ${started!.slice(0, 19).replace("T", " ")} UTC`;
  return new InputError(
    `${what} is in use by ${who}; wait until that has ended. If it runs nowhere any more, delete ` +
      `${path}`,
  );
}
