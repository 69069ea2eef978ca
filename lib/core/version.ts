/**
 * What every output says of the program.
 *
 * @module
 */

/** The version of Sonoseg. */
export const VERSION = "0.1.0";

/** On everything that a person or a program may take for a finding. */
export const RESEARCH_ONLY = "For research only; not a medical device.";
