/**
 * The backward pass of a whole network; wide ones are in tests/full.
 *
 * @module
 */
import { NETWORKS, testBackward } from "../support/backward.ts";
import { fastEngines } from "../support/engines.ts";

testBackward(fastEngines, NETWORKS.slice(0, 1));
