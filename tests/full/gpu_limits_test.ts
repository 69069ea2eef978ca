/**
 * Cutting work and memory changes no bit: the networks that tests/engine/gpu leaves out.
 *
 * @module
 */
import { EVERYTHING } from "../support/everything.ts";
import { NETWORK, testTightLimits } from "../support/gpu_training.ts";

testTightLimits({ ...NETWORK, bilinear: true });
testTightLimits(EVERYTHING);
