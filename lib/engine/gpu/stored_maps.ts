/**
 * How kernels read and write maps, which are stored as 32-bit or as 16-bit floats.
 *
 * A kernel declares a binding that holds a map as `x: array<StoredX>`, and reads and writes vectors
 * of four channels by `loadX(index)` and `storeX(index, value)`, a plane's values by
 * `elementX(index)`. This module writes the text of these functions: one kernel text serves both,
 * and the texts for 32 bits compile to plain loads and stores.
 *
 * @module
 */
import halvesText from "../../../kernels_wgsl/halves.wgsl" with { type: "text" };

/** A binding that may hold a map: its name, and its name in types and functions. */
const MAP = /> (\w+): array<Stored(\w+)>/g;

/** The declarations that a kernel's text needs, when bindings of these names hold halves. */
export function storedMaps(text: string, halves: ReadonlySet<string>): string {
  const declarations = Array.from(
    text.matchAll(MAP),
    ([, name, suffix]) => halves.has(name) ? inHalves(name, suffix) : inFloats(name, suffix),
  );
  return (halves.size > 0 ? halvesText : "") + declarations.join("");
}

function inFloats(name: string, suffix: string): string {
  return `alias Stored${suffix} = vec4f;
fn load${suffix}(index: u32) -> vec4f { return ${name}[index]; }
fn store${suffix}(index: u32, value: vec4f) { ${name}[index] = value; }
fn element${suffix}(index: u32) -> f32 { return ${name}[index / 4u][index % 4u]; }
`;
}

function inHalves(name: string, suffix: string): string {
  return `alias Stored${suffix} = vec2u;
fn load${suffix}(index: u32) -> vec4f { return unpackedHalves(${name}[index]); }
fn store${suffix}(index: u32, value: vec4f) { ${name}[index] = packedHalves(value); }
fn element${suffix}(index: u32) -> f32 { return load${suffix}(index / 4u)[index % 4u]; }
`;
}
