/**
 * The norms of a network, as an entry beside bare weights: a state_dict does not tell how many
 * groups its group norms have, nor a group norm from an instance norm.
 *
 * @module
 */
import { canonicalJson } from "../core/canonical_json.ts";
import { InputError } from "../core/errors.ts";
import { object, oneOf, optional, parseJson, whole } from "../core/json.ts";
import { command, sentence, setting } from "../core/sentence.ts";
import { DEFAULT_GROUPS, type Network } from "../network/network.ts";

const ENTRY = "sonoseg_network";

/** The most groups that a norm can have: one for each channel of the widest network. */
const MOST_GROUPS = 65536;

/** What a file or a person says of norms without running statistics. */
export interface ToldNorms {
  readonly norm: "group" | "instance";
  readonly groups?: number;
}

/** The metadata of a file whose weights do not tell their norms; empty for batch norm. */
export function normMetadata({ norm, groups = DEFAULT_GROUPS }: Network): Record<string, string> {
  if (norm !== "group" && norm !== "instance") return {};
  return { [ENTRY]: canonicalJson(norm === "group" ? { norm, groups } : { norm }) };
}

const reader = object<ToldNorms>({
  norm: oneOf("group", "instance"),
  groups: optional(whole(1, MOST_GROUPS)),
});

/** Reads what {@linkcode normMetadata} wrote. Throws {@linkcode InputError} for anything else. */
export function normsIn(metadata: Readonly<Record<string, string>>): ToldNorms | undefined {
  const entry = metadata[ENTRY];
  return entry === undefined ? undefined : reader(parseJson(entry, `its ${ENTRY} entry`));
}

/**
 * A detected network with its norms: those that its file tells, or else the given ones. Throws
 * {@linkcode InputError} (without the file's name) if they cannot be told from the weights and
 * nothing tells them, and for given ones where none are needed.
 */
export function withNorms(
  network: Network,
  told: ToldNorms | undefined,
  given: ToldNorms | undefined,
): Network {
  const { norm = "batch", groups: _, ...rest } = network;
  const options = sentence`leave ${setting("norm")} and ${setting("normGroups")} out`;
  if (norm === "batch") {
    if (given === undefined) return network;
    throw new InputError(
      sentence`it has running statistics, so its norms are batch norms; ${options}`,
    );
  }
  if (told !== undefined && given !== undefined) {
    throw new InputError(sentence`it records its norms; ${options}`);
  }
  const known = told ?? given;
  if (known === undefined) {
    throw new InputError(
      sentence`its norms keep no running statistics, and weights do not tell a group norm from an
        instance norm, nor the number of groups: give ${command("import")} ${setting("norm")} and
        ${setting("normGroups")}; for batch norm, save model.state_dict() whole`,
    );
  }
  const { groups = DEFAULT_GROUPS } = known;
  return { ...rest, norm: known.norm, ...(known.norm === "group" && { groups }) };
}
