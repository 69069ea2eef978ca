/**
 * Networks of full width on the fast engines, forward; the float64 engine would take minutes for
 * each. Their training is in tests/full.
 *
 * @module
 */
import { fastEngines } from "../support/engines.ts";
import { testFullWidth, testRecipe } from "../support/full_width.ts";

testRecipe();
testFullWidth(fastEngines.filter(({ slow }) => !slow), ["forward"]);
