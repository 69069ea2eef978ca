/**
 * The backward pass of whole networks; one of the wide ones, and both on software adapters, are in
 * tests/full.
 *
 * @module
 */
import { NETWORKS, testBackward } from "../support/backward.ts";
import { fastEngines } from "../support/engines.ts";

testBackward(fastEngines.filter(({ slow }) => !slow), [NETWORKS[0], NETWORKS[2]]);
testBackward(fastEngines.filter(({ slow }) => slow), NETWORKS.slice(0, 1));
