/**
 * The backward pass of wide networks on software adapters.
 *
 * @module
 */
import { NETWORKS, testBackward } from "../support/backward.ts";
import { fastEngines } from "../support/engines.ts";

testBackward(fastEngines.filter(({ slow }) => slow), NETWORKS.slice(1));
