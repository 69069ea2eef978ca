// The part of Deno's standard library `csv` that Sonoseg uses (the npm copy carries no types).
export function parse(text: string, options: { skipFirstRow: true }): Record<string, string>[];
export function parse(text: string, options: { separator: string }): string[][];
