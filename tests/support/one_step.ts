/**
 * Plans of one step, for testing step kinds one by one: each function makes the plan and its
 * tensors, so that the same program can run on any engine.
 *
 * @module
 */
export * from "./one_step/convolutions.ts";
export * from "./one_step/maps.ts";
export * from "./one_step/norms.ts";
export * from "./one_step/training.ts";
