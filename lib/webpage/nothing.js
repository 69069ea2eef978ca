// In place of a text that a page does not need, see bundle.ts.
