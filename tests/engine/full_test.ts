/**
 * Networks of full width on the fast engines; the float64 engine would take minutes for each. Large
 * images and training are in tests/full.
 *
 * @module
 */
import { quickEngines } from "../support/engines.ts";
import { isQuick, testFullWidth, testRecipe } from "../support/full_width.ts";

testRecipe();
testFullWidth(quickEngines, isQuick);
