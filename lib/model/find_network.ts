/**
 * Finds the network in a file of tensors: under any prefix (`module.`, `model.net.`), in any of the
 * sets that a checkpoint holds, beside tensors that are no part of it.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { plural } from "../core/plural.ts";
import { listed } from "../core/printable.ts";
import type { Tensors } from "../core/tensor.ts";
import { quoted } from "../formats/byte_reader.ts";
import { notPlain } from "../formats/foreign_tensors.ts";
import { readUsual, type TensorFile } from "../formats/state_dict.ts";
import { type TensorSet, USUAL_KEYS } from "../formats/tensor_set.ts";
import { ARCHITECTURES, graphOf, networkOf } from "../network/architectures.ts";
import type { Shapes } from "../network/architectures/architecture.ts";
import { foreignNetwork } from "../network/foreign_networks.ts";
import { parametersOf } from "../network/parameters.ts";

/** The tensors of the network under its own names. */
export interface FoundTensors {
  readonly tensors: Tensors;
  /** The plain values beside them. */
  readonly metadata: Record<string, string>;
  /** What was chosen or left out, as sentences. */
  readonly notes: readonly string[];
}

/** Wrappers in the middle of a name: torch.compile, FSDP, activation checkpointing. */
const INNER_WRAPPERS = /(^|\.)(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\./g;

/** Names of copies that a training keeps beside the model that it trains. */
const COPY = /(^|[._])(ema|swa|avg|average|averaged|teacher|shadow|target|momentum|old|prev|init)/i;

/** Buffers of losses and wrappers among the network's own names, without part in its result. */
const BESIDE = /^(n_averaged$|criterion|loss|\w*_loss|\w*metric|pos_weight$|class_weights?$)/i;

/** Parts of a layer's weight, from which PyTorch computes it. */
const PART =
  /\.(double_conv\.\d+|conv\d?|up|shortcut\.0|(?:W_g|W_x|psi)\.0)\.(weight_(orig|mask|g|v|u)|parametrizations\.weight\.\w+)$/;

/** Names by which a network is found. */
const MARKS = ARCHITECTURES.flatMap(({ marks }) => marks);

/** The most networks in a file; an ensemble or a cross-validation has some ten. */
const MOST_NETWORKS = 100;

/** Names that are looked at: at most so many, and no longer ones (in characters). */
const MOST_NAMES = 100_000;
const MOST_NAME = 300;

/** A network in one set, under one prefix. */
interface Candidate {
  readonly set: TensorSet;
  readonly prefix: string;
  /** The name of each tensor in the file, by its name in the network. */
  readonly names: ReadonlyMap<string, string>;
  readonly isWhole: boolean;
}

/**
 * The network of a file. Without a known network: all tensors of the usual set.
 *
 * Among several networks the order of {@linkcode ranked} decides, and a note says so. Throws
 * {@linkcode InputError} (without the file's name) for the network of another project.
 */
export function findNetwork(file: TensorFile): FoundTensors {
  const { sets } = file;
  checkCount(sets);
  const candidates = ranked(placesIn(sets).map(candidateAt));
  const [chosen, ...rest] = candidates;
  if (!chosen?.isWhole) sets.forEach(refuseParts);
  if (chosen === undefined) {
    sets.forEach(refuseForeign);
    const { tensors, metadata } = readUsual(file);
    return { tensors, metadata, notes: [] };
  }
  const { set, names } = chosen;
  checkStrangers(chosen);
  checkLayers(chosen);
  const own = new Map([...names].filter(([name]) => !BESIDE.test(name)));
  const read = set.read(own.values());
  const tensors: Tensors = Object.create(null);
  for (const [name, inFile] of own) tensors[name] = read[inFile];
  const others = rest.filter(({ isWhole }) => isWhole);
  const notes = [...choiceNotes(chosen, others), ...besideNotes(chosen, candidates)];
  return { tensors, metadata: set.metadata(), notes };
}

/** A prefix in a set. */
interface Place {
  readonly set: TensorSet;
  readonly prefix: string;
  /** The names of the set without inner wrappers, and as they are in the file. */
  readonly plain: readonly (readonly [name: string, inFile: string])[];
  /** Prefixes of other networks that begin with this one. */
  readonly inner: readonly string[];
}

function placesIn(sets: readonly TensorSet[]): Place[] {
  const places: Place[] = [];
  for (const set of sets) {
    const plain = shortNames(set).map((inFile) => {
      const name = unwrapped(inFile);
      // Both names may be there, and neither must hide the other.
      return [set.shapes.has(name) ? inFile : name, inFile] as const;
    });
    const prefixes = new Set(
      MARKS.flatMap((mark) =>
        plain.flatMap(([name]) =>
          name === mark || name.endsWith(`.${mark}`) ? [name.slice(0, -mark.length)] : []
        )
      ),
    );
    if (places.length + prefixes.size > MOST_NETWORKS) {
      throw new InputError(
        `it holds more than ${MOST_NETWORKS} networks; in PyTorch, save one of them alone`,
      );
    }
    for (const prefix of prefixes) {
      const inner = [...prefixes].filter((other) => other !== prefix && other.startsWith(prefix));
      places.push({ set, prefix, plain, inner });
    }
  }
  return places;
}

function candidateAt({ set, prefix, plain, inner }: Place): Candidate {
  const names = new Map<string, string>();
  for (const [name, inFile] of plain) {
    if (!name.startsWith(prefix) || inner.some((other) => name.startsWith(other))) continue;
    names.set(name.slice(prefix.length), inFile);
  }
  return { set, prefix, names, isWhole: isWhole(set, names) };
}

function checkCount(sets: readonly TensorSet[]): void {
  const count = sets.reduce((sum, { shapes }) => sum + shapes.size, 0);
  if (count <= MOST_NAMES) return;
  throw new InputError(`it holds ${count} tensors, of which at most ${MOST_NAMES} are searched`);
}

/** The names of a set that may belong to a network. */
function shortNames({ shapes }: TensorSet): string[] {
  return [...shapes.keys()].filter((name) => name.length <= MOST_NAME);
}

function unwrapped(name: string): string {
  return name.replaceAll(INNER_WRAPPERS, "$1");
}

/** Whether all parameters of a network are there, in their shapes. */
function isWhole(set: TensorSet, names: Candidate["names"]): boolean {
  const shapes: Record<string, Shapes[string]> = Object.create(null);
  for (const [name, inFile] of names) shapes[name] = { shape: set.shapes.get(inFile)! };
  try {
    return parametersOf(graphOf(networkOf(shapes, "it"))).every(({ name, shape }) =>
      String(shapes[name]?.shape) === String(shape)
    );
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

/**
 * The order of choice: whole networks, then those that no name calls a copy (ema, teacher), then
 * the usual keys of a checkpoint, then short names, then the order in the file.
 */
function ranked(candidates: readonly Candidate[]): Candidate[] {
  const rank = ({ set: { path }, prefix, isWhole }: Candidate): readonly number[] => {
    const usual = USUAL_KEYS.indexOf(path[0]);
    return [
      isWhole ? 0 : 1,
      COPY.test([...path, prefix].join(".")) ? 1 : 0,
      usual < 0 ? USUAL_KEYS.length : usual,
      path.length,
      prefix.length,
    ];
  };
  return candidates.map((candidate) => ({ candidate, rank: rank(candidate) }))
    .sort((a, b) => {
      const k = a.rank.findIndex((part, index) => part !== b.rank[index]);
      return k < 0 ? 0 : a.rank[k] - b.rank[k];
    })
    .map(({ candidate }) => candidate);
}

function choiceNotes(chosen: Candidate, others: readonly Candidate[]): string[] {
  if (others.length === 0) return [];
  const all = [chosen, ...others];
  const rest = others.length === 1 ? "the other one" : "another";
  return [
    `it holds ${all.length} networks (${listed(all.map(labelOf))}); ${labelOf(chosen)} is used: ` +
    `trained weights before averages and copies, then the usual names, then the first; to use ` +
    `${rest}, save it alone in PyTorch`,
  ];
}

/** Notes the tensors of the set that belong to no network in it. */
function besideNotes({ set, names }: Candidate, candidates: readonly Candidate[]): string[] {
  const inNetworks = new Set(candidates.flatMap((other) => [...other.names.values()]));
  const beside = [
    ...[...names].flatMap(([name, inFile]) => BESIDE.test(name) ? [inFile] : []),
    ...[...set.shapes.keys()].filter((name) => !inNetworks.has(name)),
  ];
  if (beside.length === 0) return [];
  return [`left out: ${plural(beside.length, "tensor")} beside the network (${listed(beside)})`];
}

/** Refuses a parameter that is some other object, such as a quantised tensor. */
function checkStrangers({ set, prefix }: Candidate): void {
  for (const [name, what] of set.strangers) {
    if (name.length > MOST_NAME) continue;
    const isParameter = unwrapped(name).startsWith(prefix) && /\.(weight|bias)$/.test(name);
    if (!isParameter || BESIDE.test(name.slice(prefix.length))) continue;
    throw new InputError(notPlain(what, name));
  }
}

/** Refuses a whole model with layers that compute something else than the network's. */
function checkLayers({ set, prefix }: Candidate): void {
  for (const [name, what] of set.unusual ?? []) {
    if (name.length > MOST_NAME || !unwrapped(name).startsWith(prefix)) continue;
    throw new InputError(
      `its layer ${
        quoted(name)
      } is ${what}, which the U-Net here does not have: the same weights ` +
        `would give other results; run it in its own project`,
    );
  }
}

/** Refuses a layer of the network that is stored in parts, or whose weight is no plain tensor. */
function refuseParts(set: TensorSet): void {
  const part = shortNames(set).find((name) => PART.test(unwrapped(name)));
  if (part !== undefined) {
    throw new InputError(
      `it holds ${quoted(part)}, a part of a weight, as pruning, weight norm and spectral norm ` +
        `write it; remove them in PyTorch (prune.remove, remove_weight_norm, ` +
        `parametrize.remove_parametrizations) and save the state_dict again`,
    );
  }
  for (const [name, what] of set.strangers) {
    const plain = name.length <= MOST_NAME ? unwrapped(name) : "";
    if (MARKS.some((mark) => plain === mark || plain.endsWith(`.${mark}`))) {
      throw new InputError(notPlain(what, name));
    }
  }
}

function refuseForeign(set: TensorSet): void {
  const names = shortNames(set);
  const title = foreignNetwork(names);
  if (title === undefined) return;
  throw new InputError(
    `it is a network of ${title} (${listed(names)}), not the U-Net of Pytorch-UNet, ` +
      `which alone runs here; run it in its own project, or train a model here`,
  );
}

/** The place of a network in its file: `"model_state_dict"`, `"state_dict.model"`. */
function labelOf({ set: { path }, prefix }: Candidate): string {
  const name = [...path, ...(prefix === "" ? [] : [prefix.slice(0, -1)])].join(".");
  return name === "" ? "the one without a prefix" : quoted(name);
}
