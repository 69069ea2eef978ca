/** The version of Sonoseg. @module */
export const VERSION = "0.1.0";
