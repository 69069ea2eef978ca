/**
 * Reads files of torch.save: named tensors, without running a pickle.
 *
 * There are two containers. Since PyTorch 1.6 it is a zip archive with the pickle as
 * `NAME/data.pkl` and each storage as `NAME/data/KEY`; the legacy format is five consecutive
 * pickles, followed by the storages. In both, pickle.ts reads the pickle under the rules of
 * torch_pickle.ts. Source: torch/serialization.py.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { listed } from "../core/printable.ts";
import type { Tensors } from "../core/tensor.ts";
import { ByteReader, quoted } from "./byte_reader.ts";
import { notPlain } from "./foreign_tensors.ts";
import { nameOfArchive } from "./known_files.ts";
import { readPickle } from "./pickle.ts";
import { describe, PickleDict, PickleList, type PickleValue } from "./pickle_values.ts";
import { type NamedViews, viewsIn } from "./pth_contents.ts";
import { plainValues } from "./pth_metadata.ts";
import { readUnwrapped, type TensorSet, usualSet } from "./tensor_set.ts";
import { STORAGE_BYTES, TorchRules, type TorchStorage, type TorchTensor } from "./torch_pickle.ts";
import { TensorMaker } from "./torch_tensor.ts";
import { readEntry, readZip, type ZipEntries } from "./zip.ts";
import { isZip } from "./zip_end.ts";

/** The contents of a .pth file. Both records have no prototype, so any name is safe. */
export interface PthFile {
  readonly tensors: Tensors;
  /** The plain values beside the tensors: texts unchanged, numbers and flat lists as JSON. */
  readonly metadata: Record<string, string>;
}

/** A pickle and access to its storages. */
interface Container {
  readonly root: PickleValue;
  /** The checked bytes of a storage. */
  readonly bytesOf: (storage: TorchStorage) => Uint8Array;
}

/** Memory that reading may take beyond the file, in bytes. */
const EXTRA_BYTES = 64 * 2 ** 20;
/** The largest packed pickle, in bytes; a state_dict takes some 200 bytes for each tensor. */
const MOST_UNPACKED_PICKLE_BYTES = 16 * 2 ** 20;

const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;

/**
 * Reads a whole .pth, .pt or .bin file: a state_dict, a checkpoint with one under `state_dict`,
 * `model_state_dict`, `model` or the like, or a whole model. Prefixes such as `module.` that all
 * names share are removed. float16 and bfloat16 become float32, bool becomes uint8, other types
 * stay. Tensors are views of `bytes` if these are aligned and in order.
 *
 * Throws {@linkcode InputError} (without the file's name) for any other file, and never runs any of
 * it.
 */
export function readPth(bytes: Uint8Array): PthFile {
  const set = usualSet(readPthSets(bytes));
  return { tensors: readUnwrapped(set), metadata: set.metadata() };
}

/**
 * The sets of tensors in a .pth file, at least one; as {@linkcode readPth}, but the caller chooses
 * the set.
 */
export function readPthSets(bytes: Uint8Array): TensorSet[] {
  const { root, bytesOf } = isZip(bytes) ? openZip(bytes) : openLegacy(bytes);
  const { sets, foreign } = viewsIn(root);
  if (sets.length === 0) {
    if (foreign !== undefined) throw new InputError(notPlain(foreign.what, foreign.name));
    const what = root instanceof PickleDict
      ? `there is no state_dict in it, that is no dict of tensors${keysOf(root)}`
      : `it holds ${describe(root)}, not a state_dict`;
    throw new InputError(
      `${what}; in PyTorch, write torch.save(model.state_dict(), "model.pth")`,
    );
  }
  const maker = new TensorMaker(bytes.length + EXTRA_BYTES);
  return sets.map((views) =>
    setOf(views, (names) => {
      const chosen = [...uniqueViews(views, new Set(names))];
      maker.check(chosen.map(([, view]) => view));
      const tensors: Tensors = Object.create(null);
      for (const [name, view] of chosen) {
        tensors[name] = maker.make(name, view, bytesOf(view.storage));
      }
      return tensors;
    })
  );
}

/** "; it holds epoch, optimizer": the names in a dict. */
function keysOf({ keys }: PickleDict): string {
  const names = keys.filter((key) => typeof key === "string");
  return names.length === 0 ? "" : `; it holds ${listed(names)}`;
}

function setOf(found: NamedViews, read: TensorSet["read"]): TensorSet {
  const shapes = new Map<string, readonly number[]>();
  for (const [name, { shape }] of found.views) {
    if (typeof name === "string") shapes.set(name, shape);
  }
  const { path, strangers, unusual = new Map(), dicts } = found;
  return { path, shapes, strangers, unusual, metadata: () => plainValues(dicts), read };
}

/** The views under some names. */
function uniqueViews({ views }: NamedViews, names: ReadonlySet<string>): Map<string, TorchTensor> {
  const unique = new Map<string, TorchTensor>();
  for (const [name, view] of views) {
    if (typeof name !== "string") {
      throw new InputError(`its state_dict has a tensor under ${describe(name)}, which is no text`);
    }
    if (!names.has(name)) continue;
    if (unique.has(name)) throw new InputError(`its state_dict has ${quoted(name)} twice`);
    unique.set(name, view);
  }
  return unique;
}

/** Whether a file begins as one of the two containers. */
export function isPth(bytes: Uint8Array): boolean {
  return isZip(bytes) || (bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5);
}

function openZip(archive: Uint8Array): Container {
  const entries = readZip(archive);
  const folder = folderOf(entries);
  const byteOrder = entries.get(`${folder}/byteorder`);
  if (byteOrder && new TextDecoder().decode(readEntry(archive, byteOrder, 16)) !== "little") {
    throw new InputError("it was written on a big-endian machine, which cannot be read");
  }
  const program = entries.get(`${folder}/data.pkl`)!;
  // A pickle as it is takes no memory beyond the file.
  const most = program.deflated ? MOST_UNPACKED_PICKLE_BYTES : archive.length;
  const pickle = readEntry(archive, program, most);
  const rules = new TorchRules();
  const { value, end } = readPickle(pickle, rules, "the pickle in it");
  if (end !== pickle.length) throw new InputError("the pickle in it ends before its entry does");
  let unpacked = 0;
  for (const { key, bytes } of rules.storages.values()) {
    const entry = entries.get(`${folder}/data/${key}`);
    if (entry?.size !== bytes) {
      throw new InputError(
        `storage ${quoted(key)} should have ${bytes} bytes, but the archive has ${
          entry?.size ?? 0
        }`,
      );
    }
    if (entry.deflated) unpacked += bytes;
  }
  if (unpacked > EXTRA_BYTES) {
    throw new InputError(
      `its tensors would unpack to ${unpacked} bytes; PyTorch never packs them, so load and save it there`,
    );
  }
  return {
    root: value,
    bytesOf: once((storage) => readStorage(archive, entries, folder, storage)),
  };
}

function readStorage(
  archive: Uint8Array,
  entries: ZipEntries,
  folder: string,
  { key, bytes }: TorchStorage,
): Uint8Array {
  return readEntry(archive, entries.get(`${folder}/data/${key}`)!, bytes);
}

/** The only folder of the archive, which must hold the pickle. */
function folderOf(entries: ZipEntries): string {
  const folders = new Set([...entries.keys()].map((name) => name.slice(0, name.indexOf("/") + 1)));
  const [folder] = folders;
  const other = nameOfArchive([...entries.keys()]);
  if (other !== undefined) throw new InputError(other);
  if (folders.size !== 1 || folder === "" || !entries.has(`${folder}data.pkl`)) {
    throw new InputError(
      "it is a zip archive, but not one that torch.save wrote: that has one folder with a data.pkl in it",
    );
  }
  return folder.slice(0, -1);
}

function openLegacy(bytes: Uint8Array): Container {
  if (!isPth(bytes)) {
    throw new InputError(
      `it is not a file that torch.save wrote: ${bytes.length} bytes that begin neither as a zip archive ` +
        `nor as a pickle`,
    );
  }
  const rules = new TorchRules();
  let at = 0;
  const next = (what: string): PickleValue => {
    const { value, end } = readPickle(bytes, rules, what, at);
    at = end;
    return value;
  };
  if (next("the magic number") !== LEGACY_MAGIC) {
    throw new InputError(
      "it is a pickle, but not one that torch.save wrote: the magic number differs; if pickle.dump or " +
        "joblib wrote it, load it in Python and write it with torch.save",
    );
  }
  if (next("the protocol number") !== LEGACY_PROTOCOL) {
    throw new InputError(
      `its protocol is not ${LEGACY_PROTOCOL}, the only one that PyTorch ever used`,
    );
  }
  checkByteOrder(next("the description of the machine"));
  const root = next("the pickle in it");
  const keys = next("the list of storages");
  const storages = legacyStorages(bytes, at, keys, rules);
  return { root, bytesOf: ({ key }) => storages.get(key)! };
}

function checkByteOrder(machine: PickleValue): void {
  const isLittle = machine instanceof PickleDict &&
    machine.values[machine.keys.indexOf("little_endian")] === true;
  if (!isLittle) throw new InputError("it was not written on a little-endian machine");
}

/** The storages at the file's end, each after its element count, in the order of `keys`. */
function legacyStorages(
  bytes: Uint8Array,
  start: number,
  keys: PickleValue,
  { storages }: TorchRules,
): Map<string, Uint8Array> {
  const reader = new ByteReader(bytes, "the file", start);
  const found = new Map<string, Uint8Array>();
  for (const key of keys instanceof PickleList ? keys.items : []) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (storage === undefined || found.has(storage.key)) {
      throw new InputError("its list of storages names one that no tensor uses, or one twice");
    }
    const count = reader.i64();
    if (count !== storage.count) {
      throw new InputError(
        `storage ${quoted(storage.key)} should have ${storage.count} elements, but ${count} follow`,
      );
    }
    found.set(storage.key, reader.take(count * STORAGE_BYTES[storage.type]));
  }
  for (const key of storages.keys()) {
    if (!found.has(key)) throw new InputError(`storage ${quoted(key)} is not in the file`);
  }
  if (reader.left > 0) throw new InputError(`${reader.left} bytes follow the last storage`);
  return found;
}

/** Calls `read` only once for each storage, which several tensors may share. */
function once(read: (storage: TorchStorage) => Uint8Array) {
  const known = new Map<TorchStorage, Uint8Array>();
  return (storage: TorchStorage): Uint8Array => {
    const bytes = known.get(storage) ?? read(storage);
    known.set(storage, bytes);
    return bytes;
  };
}
