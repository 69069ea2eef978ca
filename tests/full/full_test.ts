/**
 * Networks of full width: large images, training, and all on a GPU engine whose adapter is
 * software.
 *
 * @module
 */
import { quickEngines, softwareEngines } from "../support/engines.ts";
import { isQuick, testFullWidth } from "../support/full_width.ts";

testFullWidth(quickEngines, (facts) => !isQuick(facts));
testFullWidth(softwareEngines, () => true);
