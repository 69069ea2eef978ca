/**
 * GPUs as the model of time sees them. Figures of peaks are the makers'; what is assumed says so.
 *
 * @module
 */

export interface ModelGpu {
  readonly name: string;
  /** Peak of float32 multiply-adds outside tensor cores, in FLOP/s. */
  readonly flops: number;
  /** Peak of memory traffic, in bytes/s. */
  readonly bandwidth: number;
  /** Units that take workgroups: SMs, Apple's cores, Intel's Xe cores. */
  readonly cores: number;
  /** Memory that a program may use, in bytes. */
  readonly memory: number;
  /** Workgroup memory in bytes. */
  readonly groupBytes: number;
  /**
   * Time of a dispatch besides its work, in seconds: launch, barrier, latency of the last loads.
   */
  readonly launch: number;
  /**
   * How well the kernels suit the GPU, relative to an H200: 1 where nothing speaks against it, less
   * where registers are few.
   */
  readonly fit: number;
}

const GB = 1e9;
const TERA = 1e12;

/** Calibrated on an H200, see time_model.ts; assumed for NVIDIA's other GPUs. */
const NVIDIA_LAUNCH = 18e-6;
/** Assumed for all others. */
const OTHER_LAUNCH = 25e-6;

const NVIDIA = { groupBytes: 49152, launch: NVIDIA_LAUNCH, fit: 1 };

export const GPUS: readonly ModelGpu[] = [
  // NVIDIA H100 data sheet, SXM5: 67 TFLOP/s, 3.35 TB/s, 80 GB; 132 SMs (architecture whitepaper).
  {
    name: "H100",
    flops: 66.9 * TERA,
    bandwidth: 3350 * GB,
    cores: 132,
    memory: 80 * GB,
    ...NVIDIA,
  },
  // NVIDIA H200 data sheet, SXM: 67 TFLOP/s, 4.8 TB/s, 141 GB; the H100's chip.
  {
    name: "H200",
    flops: 66.9 * TERA,
    bandwidth: 4800 * GB,
    cores: 132,
    memory: 141 * GB,
    ...NVIDIA,
  },
  // NVIDIA A100 data sheet, 80 GB SXM: 19.5 TFLOP/s, 2039 GB/s; 108 SMs (architecture whitepaper).
  {
    name: "A100",
    flops: 19.5 * TERA,
    bandwidth: 2039 * GB,
    cores: 108,
    memory: 80 * GB,
    ...NVIDIA,
  },
  // NVIDIA Ada architecture whitepaper: 82.6 TFLOP/s, 1008 GB/s, 24 GB, 128 SMs.
  {
    name: "RTX 4090",
    flops: 82.6 * TERA,
    bandwidth: 1008 * GB,
    cores: 128,
    memory: 24 * GB,
    ...NVIDIA,
  },
  // NVIDIA's page of GeForce laptops: RTX 4060, 3072 lanes in 24 SMs, 8 GB of 128 bits at 16
  // Gbit/s. Its clock is 1.47 to 2.37 GHz by the laptop's power; 1.9 GHz is assumed.
  {
    name: "RTX 4060 laptop",
    flops: 3072 * 2 * 1.9e9,
    bandwidth: 256 * GB,
    cores: 24,
    memory: 8 * GB,
    ...NVIDIA,
  },
  // Apple's announcement of the M2: ten cores, 3.6 TFLOP/s, 100 GB/s. Of 16 GB a program gets two
  // thirds (Metal's recommended working set). The fit is an estimate: few registers, and Metal
  // checks every access.
  {
    name: "Apple M2",
    flops: 3.6 * TERA,
    bandwidth: 100 * GB,
    cores: 10,
    memory: 10.7 * GB,
    groupBytes: 32768,
    launch: OTHER_LAUNCH,
    fit: 0.6,
  },
  // Intel's page of the Core i7-1185G7: Iris Xe, 96 execution units of 8 lanes in 6 cores, 1.35
  // GHz, two channels of LPDDR4X-4266. Half of 16 GB is assumed. The fit is an estimate: of the
  // kernels that use many registers, Mesa's compiler makes SIMD8 code that spills.
  {
    name: "Iris Xe 96",
    flops: 96 * 8 * 2 * 1.35e9,
    bandwidth: 68.3 * GB,
    cores: 6,
    memory: 8 * GB,
    groupBytes: 32768,
    launch: OTHER_LAUNCH,
    fit: 0.4,
  },
];

/** A GPU by its name. */
export function gpuNamed(name: string): ModelGpu {
  const found = GPUS.find((gpu) => gpu.name === name);
  if (!found) throw new Error(`no GPU ${name}; there are ${GPUS.map(({ name }) => name)}`);
  return found;
}
