/**
 * The modules that must run in a browser page. browser_test.ts bundles them and checks their
 * types.
 *
 * @module
 */
// WebGPU types of a page, which TypeScript's DOM library lacks.
import type {} from "@webgpu/types";

export * from "../../lib/engine/choose.ts";
export * from "../../lib/engine/cpu/engine.ts";
export * from "../../lib/engine/doctor.ts";
export * from "../../lib/engine/engine.ts";
export * from "../../lib/engine/predictor_pool.ts";
export * from "../../lib/engine/profile_workload.ts";
export * from "../../lib/plan/flops.ts";
export * from "../../lib/engine/gpu/engine.ts";
export * from "../../lib/plan/plan.ts";
export * from "../../lib/plan/planners.ts";
export * as workloads from "../../lib/engine/workloads.ts";
export * from "../../lib/core/errors.ts";
export * from "../../lib/core/canonical_json.ts";
export * from "../../lib/formats/onnx.ts";
export * from "../../lib/formats/pth.ts";
export * from "../../lib/formats/pth_writer.ts";
export * from "../../lib/formats/safetensors.ts";
export * from "../../lib/formats/state_dict.ts";
export * from "../../lib/formats/tensorboard.ts";
export * from "../../lib/core/tensor.ts";
export * from "../../lib/train/config.ts";
export * from "../../lib/train/loop.ts";
export * from "../../lib/train/metrics.ts";
export * from "../../lib/train/progress.ts";
export * from "../../lib/train/progress_json.ts";
export * from "../../lib/network/architectures.ts";
export * from "../../lib/network/fold.ts";
export * from "../../lib/network/foreign_networks.ts";
export * from "../../lib/network/graph.ts";
export * from "../../lib/network/network.ts";
export * from "../../lib/network/parameters.ts";
export * from "../../lib/network/state_dict.ts";
export * from "../../lib/network/weights.ts";
