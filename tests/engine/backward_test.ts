/**
 * The backward pass of a whole network; wide ones, and software adapters, are in tests/full.
 *
 * @module
 */
import { NETWORKS, testBackward } from "../support/backward.ts";
import { fastEngines } from "../support/engines.ts";

testBackward(fastEngines.filter(({ slow }) => !slow), NETWORKS.slice(0, 1));
