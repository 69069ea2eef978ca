/**
 * The backward pass of a wide network, and of both wide ones on software adapters.
 *
 * @module
 */
import { NETWORKS, testBackward } from "../support/backward.ts";
import { fastEngines } from "../support/engines.ts";

testBackward(fastEngines.filter(({ slow }) => !slow), NETWORKS.slice(1, 2));
testBackward(fastEngines.filter(({ slow }) => slow), NETWORKS.slice(1));
