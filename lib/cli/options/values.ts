/**
 * Parses option values from text and checks them.
 *
 * @module
 */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { CONFIG_FIELDS, type Shard } from "../../mod.ts";
import { FLAGS } from "./flags.ts";

/** A number in decimal notation. */
export function parseNumber(text: string): number {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    throw new InvalidArgumentError("Expected a number.");
  }
  return Number(text);
}

/** A number in decimal notation, or `auto`. */
export function parseNumberOrAuto(text: string): number | "auto" {
  return text === "auto" ? text : parseNumber(text);
}

/** A number in decimal notation, or two with a comma between them. */
export function parseNumberOrPair(text: string): number | [first: number, second: number] {
  const [first, second, ...others] = text.split(",").map((part) => part.trim());
  if (others.length > 0) throw new InvalidArgumentError("Expected a number, or two: 0.1,0.2.");
  return second === undefined ? parseNumber(first) : [parseNumber(first), parseNumber(second)];
}

/** The option that names models; it may be repeated. */
export const MODEL_OPTION = [
  "--model <name>",
  "a run, a group of runs, or a .safetensors or .pth file; may be repeated: several models predict " +
  "together (default: the model of the newest run)",
] as const;

/** The option that tells how images become the input of a model that does not tell it. */
export function fitOption() {
  const { choices, default: usual } = CONFIG_FIELDS.fit;
  return new Option(
    FLAGS.fit,
    `how an image of another shape becomes the input, for a model that does not tell (default: ${usual})`,
  ).choices(choices);
}

/** One more value of an option that may be repeated. */
export function addText(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...before ?? [], text];
}

/** A size in pixels: "512" for a square, "512x384" for width x height. */
export function parseSize(text: string): { width: number; height: number } {
  const match = /^(\d{1,9})(?:x(\d{1,9}))?$/.exec(text);
  if (!match) throw new InvalidArgumentError("Expected a size in pixels, such as 512 or 512x384.");
  const width = Number(match[1]);
  return { width, height: match[2] === undefined ? width : Number(match[2]) };
}

/** One of several shards: "2/8" is the second of eight. */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d{1,6})\/(\d{1,6})$/.exec(text)?.map(Number) ?? [];
  if (!(index >= 1 && index <= count)) {
    throw new InvalidArgumentError("Expected I/N with I from 1 to N, such as 2/8.");
  }
  return { index, count };
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
};

/** A number of bytes: "2GiB", "500 MB", "1.5G". */
export function parseBytes(text: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s*([kmg]i?)?b?$/i.exec(text);
  const unit = match && UNITS[(match[2] ?? "").toLowerCase()];
  const bytes = match && Math.floor(Number(match[1]) * unit!);
  if (!bytes) throw new InvalidArgumentError("Expected a number of bytes, such as 2GiB or 500MB.");
  return bytes;
}
