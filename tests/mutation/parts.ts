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
  /** Files, or folders of which every TypeScript file counts. */
  readonly sources: readonly string[];
  /** In this order. The first that fails has found the fault. */
  readonly tests: readonly TestRun[];
  /** Whether the WebAssembly module has to be built anew. */
  readonly isKernel?: boolean;
}

const PROPERTIES = "tests/engine/property_test.ts";

/** A kernel by the step kinds that use it; each is held against float64 at random shapes. */
function onCpu(source: string, kinds: string): Part {
  return {
    sources: [`kernels_as/${source}.ts`],
    tests: [
      { files: [PROPERTIES], filter: `/^(${kinds}) on CPU/` },
      { files: ["tests/engine/layers_test.ts"], filter: "/ on CPU/" },
      { files: ["tests/engine/determinism_test.ts"], filter: `/threads/` },
    ],
    isKernel: true,
  };
}

function onGpu(sources: string, kinds: string): Part {
  return {
    sources: sources.split(" ").map((name) => `kernels_wgsl/${name}.wgsl`),
    tests: [
      { files: [PROPERTIES], filter: `/^(${kinds}) on GPU/` },
      { files: ["tests/engine/layers_test.ts"], filter: "/ on GPU/" },
    ],
  };
}

const ADAM = "adam";
const BATCH_NORM = "batchnorm|batchnorm_eval|batchnorm_gradient|fold";
const CONV_1X1 = "conv1x1|conv1x1_gradient";
const CONV_3X3 = "conv3x3|conv3x3_input_gradient";
const CONV_3X3_WEIGHTS = "conv3x3_weight_gradient";
const LOSS = "loss|overlap";
const POOL = "maxpool2|maxpool2_gradient";
const TRANSPOSED = "convtranspose2|convtranspose2_input_gradient|convtranspose2_weight_gradient";
const UPSAMPLE = "upsample2|upsample2_gradient";

/** By the name that `--part` takes. */
export const PARTS: Readonly<Record<string, Part>> = {
  evaluate: {
    sources: ["lib/evaluate"],
    tests: [{ files: ["tests/evaluate"] }, { files: ["tests/cli/evaluate_test.ts"] }],
  },
  plan: {
    sources: ["lib/plan"],
    tests: [
      { files: ["tests/plan", "tests/network", "tests/train/cost_test.ts"] },
      { files: ["tests/engine/memory_test.ts", "tests/engine/profile_test.ts"] },
    ],
  },
  adam: onCpu("adam", ADAM),
  batchnorm: onCpu("batchnorm", BATCH_NORM),
  conv1x1: onCpu("conv1x1", CONV_1X1),
  conv3x3: onCpu("conv3x3", CONV_3X3),
  conv3x3_weights: onCpu("conv3x3_weight_gradient", CONV_3X3_WEIGHTS),
  convtranspose2: onCpu("convtranspose2", TRANSPOSED),
  loss: onCpu("loss", LOSS),
  maxpool2: onCpu("maxpool2", POOL),
  normalise: onCpu("normalise", "normalise"),
  upsample2: onCpu("upsample2", UPSAMPLE),
  gpu_adam: onGpu("adam", ADAM),
  gpu_batchnorm: onGpu("batchnorm batchnorm_gradient fold moments", BATCH_NORM),
  gpu_conv1x1: onGpu("conv1x1 conv1x1_gradient", CONV_1X1),
  gpu_conv3x3: onGpu("conv3x3 conv3x3_frame conv3x3_tiled turn", CONV_3X3),
  gpu_conv3x3_weights: onGpu("conv3x3_weight_gradient", CONV_3X3_WEIGHTS),
  gpu_convtranspose2: onGpu("convtranspose2 convtranspose2_gradient channel_sums", TRANSPOSED),
  gpu_loss: onGpu("loss overlap", LOSS),
  gpu_maxpool2: onGpu("maxpool2", POOL),
  gpu_upsample2: onGpu("upsample2", UPSAMPLE),
};
