/**
 * A model of the time of GPU kernels, calibrated on an H200.
 *
 * A dispatch takes what lasts longer, its products or its bytes, and a launch:
 *
 *     products:  workgroups of a core, one after the other, at
 *                flops / cores x SUSTAINED x SHARES[algorithm] x fit
 *     bytes:     bytes / (bandwidth x TRAFFIC_SHARE)
 *
 * A core takes whole workgroups: 140 workgroups last as long on 132 cores as 264. Kernels run one
 * after the other, as barriers make them. The host makes batches and reads results meanwhile.
 *
 * Three shares and the time of a launch were fitted to the four sums of E4's kernels on an H200
 * (bench/RESULTS.md). Whatever the H200's kernels lose, through latency, caches or transforms, is
 * in these shares, and the latency of small kernels is in the launch. On other GPUs the same shares
 * are an assumption, which nothing has checked.
 *
 * @module
 */
import { bearableFlops, busyWorkgroups, type GpuLimits } from "../../../lib/engine/gpu/limits.ts";
import { LARGE_GPU, type StepDispatch } from "./dispatches.ts";
import type { ModelGpu } from "./gpus.ts";
import { type Algorithm, type Work, workOf } from "./work.ts";

/** Multiply-adds alone, in WGSL on an H200: 50 TFLOP/s of 66.9 (measured). */
const SUSTAINED = 50 / 66.9;

/** Products of a kernel relative to multiply-adds alone. */
const SHARES: Record<Algorithm, number> = {
  // Fitted to 53.0 ms of convolutions and input gradients.
  winograd: 0.59,
  // Fitted to 20.5 ms of weight gradients.
  winogradGradient: 0.77,
  // Fitted to 6.5 ms of transposed convolutions and their gradients.
  transposed: 0.72,
  // Measured: 38.6 TFLOP/s at 64 channels and 512x512.
  direct: 38.6 / 50,
};

/** The part of the peak of memory traffic that kernels reach: assumed. */
const TRAFFIC_SHARE = 0.85;

/** Invocations of a core that keep it busy, eight subgroups of 32: assumed. */
const BUSY_INVOCATIONS = 256;

/** A whole step relative to its kernels alone: between submissions the GPU waits (measured). */
export const STEP_SHARE = 87.1 / 86.3;

/** The limits under which the engine lowers plans for a GPU. */
export function limitsOf(gpu: ModelGpu): GpuLimits {
  // As rate.ts measures it: a 3x3 convolution's direct sum, by Winograd's algorithm.
  const rate = 2 * gpu.flops * SUSTAINED * SHARES.winograd * gpu.fit / 1000;
  return {
    ...LARGE_GPU,
    groupBytes: gpu.groupBytes,
    dispatchFlops: bearableFlops(rate),
    busyWorkgroups: busyWorkgroups(rate),
  };
}

/** Seconds of a dispatch. */
export function secondsOf(gpu: ModelGpu, work: Work): number {
  return Math.max(productSeconds(gpu, work), work.bytes / (gpu.bandwidth * TRAFFIC_SHARE)) +
    gpu.launch;
}

function productSeconds(gpu: ModelGpu, { algorithm, products, workgroups, group }: Work): number {
  if (algorithm === undefined) return 0;
  const rate = gpu.flops / gpu.cores * SUSTAINED * SHARES[algorithm] * gpu.fit;
  const ofCore = Math.ceil(workgroups / gpu.cores);
  const busy = Math.min(1, ofCore * group / BUSY_INVOCATIONS);
  return ofCore * (products / workgroups) / (rate * busy);
}

/** A dispatch with its work and its time. */
export interface TimedDispatch extends StepDispatch {
  readonly work: Work;
  readonly seconds: number;
}

export function timed(gpu: ModelGpu, dispatches: readonly StepDispatch[]): TimedDispatch[] {
  return dispatches.map((dispatch) => {
    const work = workOf(dispatch);
    return { ...dispatch, work, seconds: secondsOf(gpu, work) };
  });
}
