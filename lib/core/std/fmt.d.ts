// The part of Deno's standard library `fmt` that Sonoseg uses (the npm copy carries no types).
export function format(bytes: number, options?: { binary?: boolean }): string;
