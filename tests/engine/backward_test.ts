/**
 * The backward pass of a whole network; wide ones, and software adapters, are in tests/full.
 *
 * @module
 */
import { NETWORKS, testBackward } from "../support/backward.ts";
import { quickEngines } from "../support/engines.ts";

testBackward(quickEngines, NETWORKS.slice(0, 1));
