/**
 * Every step kind, called again and again on software adapters, which compile for minutes.
 *
 * @module
 */
import { testRepeatedCalls } from "../support/determinism.ts";
import { softwareEngines } from "../support/engines.ts";

testRepeatedCalls(softwareEngines);
