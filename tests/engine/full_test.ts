/**
 * Networks of full width on the fast engines; the float64 engine would take minutes for each. Large
 * images and training are in tests/full.
 *
 * @module
 */
import { fastEngines } from "../support/engines.ts";
import { isQuick, testFullWidth, testRecipe } from "../support/full_width.ts";

testRecipe();
testFullWidth(fastEngines.filter(({ slow }) => !slow), isQuick);
