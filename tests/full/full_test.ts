/**
 * Networks of full width: their training, and all on a GPU engine whose adapter is software.
 *
 * @module
 */
import { fastEngines } from "../support/engines.ts";
import { testFullWidth } from "../support/full_width.ts";

testFullWidth(fastEngines.filter(({ slow }) => !slow), ["training"]);
testFullWidth(fastEngines.filter(({ slow }) => slow), ["forward", "training"]);
