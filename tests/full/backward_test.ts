/**
 * The backward pass of wide networks, and of the first one on software adapters.
 *
 * @module
 */
import { NETWORKS, testBackward } from "../support/backward.ts";
import { fastEngines, softwareEngines } from "../support/engines.ts";

testBackward(softwareEngines, NETWORKS.slice(0, 1));
testBackward(fastEngines, NETWORKS.slice(1));
