/**
 * The backward pass of wide networks.
 *
 * @module
 */
import { NETWORKS, testBackward } from "../support/backward.ts";
import { fastEngines } from "../support/engines.ts";

testBackward(fastEngines, NETWORKS.slice(1));
