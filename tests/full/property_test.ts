/**
 * Every step kind at the random shapes that tests/engine leaves out for software adapters.
 *
 * @module
 */
import { softwareEngines } from "../support/engines.ts";
import { DRAWS, testProperties } from "../support/property.ts";

testProperties(
  softwareEngines,
  DRAWS.filter((_, index) => index % 6 !== 0),
);
