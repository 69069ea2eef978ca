/**
 * Layers of full size on the slow engines.
 *
 * @module
 */
import { testBigLayers } from "../support/big_layers.ts";
import { engines } from "../support/engines.ts";

testBigLayers(engines.filter(({ slow }) => slow));
