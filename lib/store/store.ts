/**
 * The library's only interface to files. DataFolder (folder.ts) implements it with Deno.
 *
 * Paths are relative to the store, with "/" between their parts; "" is the store itself. A store
 * also takes its own absolute paths. No path leads out of it.
 *
 * @module
 */

/** The kind of an entry, with links followed; "other" is a pipe, a device or a socket. */
export type EntryKind = "file" | "folder" | "other";

/** One entry of a folder. */
export interface Entry {
  readonly name: string;
  /** The path relative to the store, with "/" between the parts. */
  readonly path: string;
  /** The kind of the entry, or of a link's target. */
  readonly kind: EntryKind;
}

/** What {@linkcode FileStore.walk} leaves out. */
export interface WalkRules {
  /** Whether an entry is left out, by its name and path; a folder then with all that it holds. */
  readonly skip?: (entry: { readonly name: string; readonly path: string }) => boolean;
  /** Whether a folder is left out, by the names of its entries. */
  readonly skipFolder?: (
    folder: { readonly path: string; readonly names: ReadonlySet<string> },
  ) => boolean | Promise<boolean>;
  /** Called for a link whose target, or a folder above it, is left out. */
  readonly skippedLink?: (entry: { readonly name: string; readonly path: string }) => void;
  /**
   * Called for an entry whose name is not UTF-8, so that no path leads to it. Without this
   * function, such a name is refused.
   */
  readonly unreadable?: (entry: Entry) => void;
  /** Called for a pipe, a device or a socket, which no walk lists. */
  readonly special?: (entry: Entry) => void;
}

/** Who holds a lock, as far as its file tells. */
export interface Holder {
  /** The command, such as "train". */
  readonly doing?: string;
  /** The number of the process on its machine. */
  readonly process?: number;
  /** ISO time. */
  readonly started?: string;
}

/** A lock that this process holds. */
export interface Lock {
  /** The holder that ended without releasing the lock, if there was one. */
  readonly left?: Holder;
  /** Releases the lock and removes its file. */
  release(): Promise<void>;
}

/** Where a workflow reads and where it writes. */
export interface Folders {
  /** The images and masks. They are only read, unless results are written beside them. */
  readonly data: FileStore;
  /** Runs, predictions and everything else that is written; by default `data`. */
  readonly output?: FileStore | undefined;
}

/** The methods of a {@linkcode FileStore} that read single files. */
export type FileReader = Pick<
  FileStore,
  "resolve" | "relative" | "readFile" | "readText" | "kindOf" | "exists"
>;

/** The methods of a {@linkcode FileStore} that find files. */
export type FileFinder = Pick<
  FileStore,
  "resolve" | "relative" | "kindOf" | "walk" | "readStart"
>;

/** A place that keeps files. Every method throws `InputError` for a path that leads outside. */
export interface FileStore {
  /** The path that is shown to the user: absolute on a disk. */
  resolve(path: string): string;

  /** A path relative to the store. */
  relative(path: string): string;

  /**
   * The bytes of a file.
   *
   * @throws InputError when it is missing, not a plain file, unreadable, or larger than `limit`
   *   bytes.
   */
  readFile(path: string, options?: { limit?: number }): Promise<Uint8Array<ArrayBuffer>>;

  /**
   * The first `length` bytes of a file, fewer when it is shorter.
   *
   * @throws InputError when it is missing, not a plain file, or unreadable.
   */
  readStart(path: string, length: number): Promise<Uint8Array<ArrayBuffer>>;

  /**
   * A file as text in UTF-8. The default limit is `TEXT_LIMITS.list`.
   *
   * @throws {InputError} like {@linkcode readFile}, and for bytes that are no text.
   */
  readText(path: string, options?: { limit?: number }): Promise<string>;

  /**
   * Writes a file (text in UTF-8) atomically: at any moment the old or the new file is complete,
   * also when several processes write it.
   *
   * @throws InputError when writing fails, or a folder above the file is a link; the old file is
   *   unchanged.
   */
  writeFile(path: string, content: Uint8Array | string): Promise<void>;

  /**
   * Appends bytes to a file that exists. If the process dies meanwhile, some of them may be missing
   * at its end: only for files that are written anew afterwards, and whose readers expect it.
   *
   * @throws InputError when the file is missing or writing fails.
   */
  appendFile(path: string, bytes: Uint8Array): Promise<void>;

  /**
   * Links a file's current content to a second name, which is replaced atomically.
   *
   * @throws InputError when linking fails; both names then keep their content.
   */
  keepAs(path: string, second: string): Promise<void>;

  /** Makes a folder and its missing parents. Throws InputError on failure. */
  makeFolder(path: string): Promise<void>;

  /**
   * Makes a folder that does not exist yet, in a folder that does. Of several processes, exactly
   * one gets `true`; the others, and those that find something with this name, get `false`.
   */
  makeNewFolder(path: string): Promise<boolean>;

  /** Removes a file, or a folder with its contents. A missing path is no error. */
  remove(path: string): Promise<void>;

  /** Removes a folder that is empty. Returns whether it did. */
  removeIfEmpty(path: string): Promise<boolean>;

  /**
   * Takes the lock whose file is at `path`, for the command `doing`. The lock ends with the
   * process.
   *
   * @throws InputError when another process holds it; `what` is the folder that the message names.
   */
  lock(path: string, doing: string, what: string): Promise<Lock>;

  /** Throws InputError when another process holds the lock at `path`; takes nothing. */
  checkFree(path: string, what: string): Promise<void>;

  /** The kind of entry at a path, `undefined` when there is none. */
  kindOf(path: string): Promise<EntryKind | undefined>;

  /** Whether an entry exists at a path. */
  exists(path: string): Promise<boolean>;

  /**
   * The entries of a folder, sorted by the code units of their names.
   *
   * @throws InputError when the folder is unreadable.
   */
  list(path?: string): Promise<Entry[]>;

  /**
   * The paths of all plain files in a folder and the folders below, sorted by code units, without
   * those that the rules leave out.
   *
   * @throws InputError for an unreadable folder, for a name that is not UTF-8, and for folders that
   *   are nested too deeply.
   */
  walk(path?: string, rules?: WalkRules): Promise<string[]>;
}
