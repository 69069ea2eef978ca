/**
 * Shaders whose invocations and workgroups change places. A kernel without a race gives the same
 * bits in every order.
 *
 * @module
 */
import { withDevice } from "./frail_adapter.ts";

/** New numbers of an invocation in its workgroup and of a workgroup, as WGSL expressions. */
export interface Permutation {
  /** From `number` and `size`. */
  readonly lane?: string;
  /** From `number` and `count`. */
  readonly group?: string;
}

/**
 * Permutations. The factors are primes that divide no size of a workgroup, and no number of
 * workgroups in these tests; the last power of two in a size is split in halves, which change
 * places.
 */
export const PERMUTATIONS: Readonly<Record<string, Permutation>> = {
  "invocations reversed": { lane: "size - 1u - number" },
  "invocations times 77, workgroups reversed": {
    lane: "number * 77u % size",
    group: "count - 1u - number",
  },
  "halves of workgroups exchanged, workgroups times 10007": {
    lane: "number ^ ((size & (~size + 1u)) >> 1u)",
    group: "number * 10007u % count",
  },
};

/** An entry point: the size of a workgroup, the name, the parameters. */
const ENTRY = /@compute @workgroup_size\((\w+)\)\s*fn (\w+)\(([^{]*)\) \{/g;

const PARAMETER = /@builtin\((\w+)\) (\w+): (?:u32|vec3u)/g;

/** How a permuted entry point computes a builtin value. */
const VALUES: Readonly<Record<string, string>> = {
  local_invocation_index: "permutedLane",
  workgroup_id: "permutedGroup",
  num_workgroups: "allGroups",
  global_invocation_id: "vec3u(permutedGroup.x * groupSize + permutedLane, permutedGroup.y, 0u)",
};

/** A text with its invocations and workgroups permuted. */
export function permuted(code: string, { lane = "number", group = "number" }: Permutation): string {
  const entries = code.replaceAll(ENTRY, (_, size, name, parameters) => {
    const values = Array.from(
      (parameters as string).matchAll(PARAMETER),
      ([, builtin, parameter]) => `  let ${parameter} = ${VALUES[builtin]};\n`,
    );
    return `@compute @workgroup_size(${size})
fn ${name}(
  @builtin(local_invocation_index) trueLane: u32,
  @builtin(workgroup_id) trueGroup: vec3u,
  @builtin(num_workgroups) allGroups: vec3u,
) {
  let groupSize = u32(${size});
  let permutedLane = laneOf(trueLane, groupSize);
  let permutedGroup = groupOf(trueGroup, allGroups);
${values.join("")}`;
  });
  return `${entries}
fn laneOf(number: u32, size: u32) -> u32 {
  return ${lane};
}

fn groupOf(id: vec3u, groups: vec3u) -> vec3u {
  let count = groups.x * groups.y;
  let number = id.y * groups.x + id.x;
  let other = ${group};
  return vec3u(other % groups.x, other / groups.x, 0u);
}
`;
}

const BARRIER = /workgroupBarrier\(\);/g;

/** The number of barriers in a text. */
export function countBarriers(code: string): number {
  return code.match(BARRIER)?.length ?? 0;
}

/** A text without its barrier of this number. */
export function withoutBarrier(code: string, which: number): string {
  let number = 0;
  return code.replaceAll(BARRIER, (barrier) => number++ === which ? "" : barrier);
}

/** An adapter that changes the texts of shaders before it compiles them. */
export function rewritingAdapter(
  adapter: GPUAdapter,
  rewrite: (code: string, kernel: string) => string,
): GPUAdapter {
  return withDevice(adapter, (device) => ({
    createShaderModule: (descriptor) =>
      device.createShaderModule({
        ...descriptor,
        code: rewrite(descriptor.code, descriptor.label ?? ""),
      }),
  }));
}
