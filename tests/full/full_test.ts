/**
 * Networks of full width on a GPU engine whose adapter is software.
 *
 * @module
 */
import { fastEngines } from "../support/engines.ts";
import { testFullWidth } from "../support/full_width.ts";

testFullWidth(fastEngines.filter(({ slow }) => slow));
