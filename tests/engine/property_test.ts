/**
 * Every step kind at random shapes. A software adapter compiles for each shape: it takes every
 * third here and the others in tests/full.
 *
 * @module
 */
import { fastEngines } from "../support/engines.ts";
import { DRAWS, testProperties } from "../support/property.ts";

testProperties(fastEngines.filter(({ slow }) => !slow), DRAWS);
testProperties(
  fastEngines.filter(({ slow }) => slow),
  DRAWS.filter((_, index) => index % 3 === 0),
);
