/**
 * Holds a folder: makes it, and closes it to other processes until it is released.
 *
 * @module
 */
import { folderName } from "../core/paths.ts";
import type { FileStore, Holder, Lock } from "./store.ts";

/** The lock of a folder is this hidden file in it. */
export const LOCK_FILE = ".sonoseg.lock";

/** How often a folder is made that others remove. */
const ATTEMPTS = 20;

function isMissing(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Deno.errors.NotFound;
}

/** The path of the lock of a folder. */
export function lockOf(folder: string): string {
  return folder === "" ? LOCK_FILE : `${folder}/${LOCK_FILE}`;
}

/** A folder that this process holds. `await using` releases it. */
export class Hold implements AsyncDisposable {
  readonly #store: FileStore;
  readonly #lock: Lock;
  /** The folders that were made for the lock, the innermost first. */
  readonly #made: readonly string[];

  private constructor(store: FileStore, lock: Lock, made: readonly string[]) {
    this.#store = store;
    this.#lock = lock;
    this.#made = made;
  }

  /**
   * Holds a folder. Missing folders are made. `doing` is the command that will write into it.
   *
   * @throws {InputError} if another process holds it, or it cannot be written.
   */
  static async of(store: FileStore, folder: string, doing: string): Promise<Hold> {
    return await Hold.ofLock(store, lockOf(folder), doing, store.resolve(folder));
  }

  /** Holds a folder that does not exist yet; `undefined` if it does. */
  static async ofNew(store: FileStore, folder: string, doing: string): Promise<Hold | undefined> {
    const above = await makeFolders(store, folderName(folder));
    if (!await store.makeNewFolder(folder)) return undefined;
    const lock = await store.lock(lockOf(folder), doing, store.resolve(folder));
    return new Hold(store, lock, [folder, ...above]);
  }

  /** Holds what a lock file stands for. Its folder is made. `what` is named in a refusal. */
  static async ofLock(
    store: FileStore,
    path: string,
    doing: string,
    what: string,
  ): Promise<Hold> {
    for (let attempt = 1;; attempt++) {
      const made = await makeFolders(store, folderName(path));
      try {
        return new Hold(store, await store.lock(path, doing, what), made);
      } catch (error) {
        await removeEmpty(store, made);
        // Another process that gave up has just removed the empty folder.
        if (attempt === ATTEMPTS || !isMissing(error)) throw error;
      }
    }
  }

  /** Says that a former holder was killed; `undefined` if there was none. */
  get takenOver(): string | undefined {
    return this.#lock.left && takenOverWords(this.#lock.left);
  }

  /**
   * Releases the folder. Folders that were made for it and are still empty are removed. On a disk
   * that is gone nothing can be removed, which must not hide why a command ends; a lock that stays
   * there is free all the same.
   */
  async release(): Promise<void> {
    try {
      await this.#lock.release();
      await removeEmpty(this.#store, this.#made);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}

function takenOverWords({ doing, process, started }: Holder): string {
  const who = doing === undefined ? "A process" : `${doing} (process ${process}, ${started})`;
  return `${who} ended here without releasing its lock, as when it is killed; the lock is taken over`;
}

/** Makes a folder and its parents. Returns those that were missing, the innermost first. */
async function makeFolders(store: FileStore, folder: string): Promise<string[]> {
  const missing: string[] = [];
  for (let path = folder; path !== "" && !await store.exists(path); path = folderName(path)) {
    missing.push(path);
  }
  if (missing.length > 0) await store.makeFolder(folder);
  return missing;
}

/** Removes folders, the innermost first, up to one that is not empty. */
async function removeEmpty(store: FileStore, folders: readonly string[]): Promise<void> {
  for (const folder of folders) if (!await store.removeIfEmpty(folder)) return;
}
