/**
 * The program's version and the notice that every output carries.
 *
 * @module
 */

/** The version of Sonoseg. */
export const VERSION = "0.1.0";

/** The notice on every output that could be taken for a medical finding. */
export const RESEARCH_ONLY = "For research only; not a medical device.";
