/**
 * The parts of the program that `deno task mutate` examines: their sources, the tests that must
 * notice a fault in them, quick ones first, and what has to be built in between.
 *
 * @module
 */

/** One call of `deno test`. */
export interface TestRun {
  readonly files: readonly string[];
  /** A regular expression of test names. */
  readonly filter?: string;
}

/** Sources and their tests. */
export interface Part {
  /** How the paths of the source files begin. */
  readonly sources: readonly string[];
  /** In this order. The first that fails has found the fault. */
  readonly tests: readonly TestRun[];
  /** Whether the WebAssembly module has to be built anew. */
  readonly isKernel?: boolean;
}

const PROPERTIES = "tests/engine/property_test.ts";
/** These take seconds for all steps together. */
const NUMBERS = [
  "tests/engine/layers_test.ts",
  "tests/engine/loss_test.ts",
  "tests/engine/moments_test.ts",
  "tests/engine/zero_test.ts",
];

/** Kernels of the CPU, and how the names begin of the steps that they compute. */
function onCpu(steps: string, ...names: string[]): Part {
  return {
    sources: names.map((name) => `kernels_as/${name}`),
    tests: [
      { files: [PROPERTIES], filter: `/^(${steps}).* on CPU/` },
      { files: NUMBERS, filter: "/ on CPU/" },
      { files: ["tests/engine/determinism_test.ts"], filter: "/threads/" },
    ],
    isKernel: true,
  };
}

/** Kernels of the GPU, likewise. */
function onGpu(steps: string, ...names: string[]): Part {
  return {
    sources: names.map((name) => `kernels_wgsl/${name}`),
    tests: [
      { files: [PROPERTIES], filter: `/^(${steps}).* on GPU/` },
      { files: NUMBERS, filter: "/ on GPU/" },
    ],
  };
}

/** By the name that `--part` takes. */
export const PARTS: Readonly<Record<string, Part>> = {
  evaluate: {
    sources: ["lib/evaluate/"],
    tests: [{ files: ["tests/evaluate"] }, { files: ["tests/cli/evaluate_test.ts"] }],
  },
  plan: {
    sources: ["lib/plan/"],
    tests: [
      { files: ["tests/plan", "tests/network", "tests/train/cost_test.ts"] },
      { files: ["tests/engine/memory_test.ts", "tests/engine/profile_test.ts"] },
    ],
  },
  accumulate: onCpu("accumulate", "accumulate"),
  adam: onCpu("update", "update"),
  batchnorm: onCpu("batchnorm|fold", "batchnorm", "fold"),
  conv1x1: onCpu("conv1x1", "conv1x1"),
  conv3x3: onCpu("conv3x3", "conv3x3", "rotate180", "winograd", "tile"),
  convtranspose2: onCpu("convtranspose2", "convtranspose2"),
  groupnorm: onCpu("groupnorm|dropout", "groupnorm", "dropout", "element_dropout"),
  loss: onCpu("loss|overlap|boundary", "loss", "overlap", "boundary"),
  maxpool2: onCpu("maxpool2", "maxpool2"),
  normalise: onCpu("normalise", "normalise"),
  upsample2: onCpu("upsample2", "upsample2"),
  gpu_augment: {
    sources: ["kernels_wgsl/augment_", "lib/engine/gpu/augment.ts"],
    tests: [{ files: ["tests/engine/augment_test.ts"], filter: "/GPU|cut|without/" }],
  },
  gpu_accumulate: onGpu("accumulate", "accumulate"),
  gpu_adam: onGpu("update", "adam", "tensor_list"),
  gpu_batchnorm: onGpu("batchnorm|fold", "batchnorm", "fold", "moments"),
  gpu_conv1x1: onGpu("conv1x1", "conv1x1", "activation", "single_source"),
  gpu_conv3x3: onGpu(
    "conv3x3",
    "conv3x3_direct",
    "conv3x3_frame",
    "conv3x3_weight",
    "rotate180",
    "row8",
    "matrix",
  ),
  gpu_convtranspose2: onGpu("convtranspose2", "convtranspose2", "channel_sums"),
  gpu_groupnorm: onGpu("groupnorm|dropout", "groupnorm", "dropout"),
  gpu_loss: onGpu("loss|overlap|boundary", "loss", "overlap", "boundary"),
  gpu_maxpool2: onGpu("maxpool2", "maxpool2"),
  gpu_normalise: onGpu("normalise", "normalise"),
  gpu_upsample2: onGpu("upsample2", "upsample2"),
  gpu_winograd: {
    sources: ["kernels_wgsl/conv3x3_winograd", "kernels_wgsl/winograd"],
    tests: [{ files: ["tests/engine/gpu/winograd_test.ts"] }],
  },
};

/** The source files of a part that are there, sorted. */
export function sourcesOf({ sources }: Part): string[] {
  const paths = sources.flatMap((beginning) => {
    const folder = beginning.slice(0, beginning.lastIndexOf("/"));
    return [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`)
      .filter((path) => path.startsWith(beginning) && /\.(?:ts|wgsl)$/.test(path));
  });
  return [...new Set(paths)].sort();
}
