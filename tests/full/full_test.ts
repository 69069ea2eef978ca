/**
 * Networks of full width: large images, training, and all on a GPU engine whose adapter is
 * software.
 *
 * @module
 */
import { fastEngines } from "../support/engines.ts";
import { isQuick, testFullWidth } from "../support/full_width.ts";

testFullWidth(fastEngines.filter(({ slow }) => !slow), (facts) => !isQuick(facts));
testFullWidth(fastEngines.filter(({ slow }) => slow), () => true);
