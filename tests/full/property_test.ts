/**
 * Every step kind at the random shapes that tests/engine leaves out for software adapters.
 *
 * @module
 */
import { fastEngines } from "../support/engines.ts";
import { DRAWS, testProperties } from "../support/property.ts";

testProperties(
  fastEngines.filter(({ slow }) => slow),
  DRAWS.filter((_, index) => index % 3 !== 0),
);
