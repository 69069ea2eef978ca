/**
 * Reads pickles as data.
 *
 * A pickle is a program for a stack machine that may import and call anything, so unpickling a
 * hostile file runs hostile code. This reader neither imports nor calls. GLOBAL yields a record of
 * module and name. REDUCE and the opcodes that make objects ask the caller's rules,
 * {@linkcode PickleRules}: these know a few harmless constructors. All other calls yield an opaque
 * object, {@linkcode PickleOpaque}, which is as inert as a text.
 *
 * `pickle_machine.ts` has the stack and the limits, `pickle_opcodes.ts` the opcodes.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { PickleMachine, type PickleRules } from "./pickle_machine.ts";
import { OPCODES, STOP } from "./pickle_opcodes.ts";
import type { PickleValue } from "./pickle_values.ts";

export type { PickleRules };

/**
 * Reads the pickle that begins at byte `start`. `what` names the source in messages; the result's
 * `end` is the offset behind the pickle. Throws {@linkcode InputError} for a malformed pickle, for
 * one that takes too many steps, and for anything that `rules` do not allow.
 */
export function readPickle(
  bytes: Uint8Array,
  rules: PickleRules,
  what: string,
  start = 0,
): { value: PickleValue; end: number } {
  const machine = new PickleMachine(bytes, rules, what, start);
  const { reader } = machine;
  if (reader.left === 0) throw machine.refusal("is empty");
  if (reader.u8() !== 0x80) {
    throw machine.refusal("is no pickle of protocol 2 to 5, which torch.save writes");
  }
  const protocol = reader.u8();
  if (protocol < 2 || protocol > 5) {
    throw machine.refusal(`has protocol ${protocol}; readable are 2 to 5`);
  }
  while (true) {
    const opcode = reader.u8();
    machine.spend(1);
    if (opcode === STOP) return { value: machine.result(), end: reader.at };
    const step = OPCODES[opcode];
    if (step === undefined) {
      throw new InputError(
        `${what} is damaged: byte ${reader.at - 1} holds 0x${
          opcode.toString(16)
        }, an opcode that ` +
          `torch.save does not write`,
      );
    }
    step(machine);
  }
}
