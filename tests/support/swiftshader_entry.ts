/** The browser's part of the library for scripts that import nothing: `sonoseg`. @module */
import * as sonoseg from "./browser_entry.ts";

Object.assign(globalThis, { sonoseg });
