/**
 * The backward pass of whole networks; on software adapters the wide ones are in tests/full.
 *
 * @module
 */
import { NETWORKS, testBackward } from "../support/backward.ts";
import { fastEngines } from "../support/engines.ts";

testBackward(fastEngines.filter(({ slow }) => !slow), NETWORKS);
testBackward(fastEngines.filter(({ slow }) => slow), NETWORKS.slice(0, 1));
