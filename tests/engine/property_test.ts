/**
 * Every step kind at random shapes. A software adapter compiles for each shape: it takes every
 * sixth here and the others in tests/full.
 *
 * @module
 */
import { quickEngines, softwareEngines } from "../support/engines.ts";
import { DRAWS, testProperties } from "../support/property.ts";

testProperties(quickEngines, DRAWS);
testProperties(
  softwareEngines,
  DRAWS.filter((_, index) => index % 6 === 0),
);
