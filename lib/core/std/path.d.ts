// The part of Deno's standard library `path` that Sonoseg uses (the npm copy carries no types).
export function dirname(path: string): string;
export function isAbsolute(path: string): boolean;
export function join(...paths: string[]): string;
export function resolve(...paths: string[]): string;
