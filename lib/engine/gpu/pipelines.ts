/**
 * The pipelines of a device, each compiled once: a kernel's text, an entry point, and named
 * constants.
 *
 * @module
 */
import type { Constant, Dispatch } from "./context.ts";
import { type KernelName, KERNELS, SHARED } from "./kernels.ts";

/** Invocations of a workgroup, for dispatches that do not say otherwise. */
export const GROUP = 64;

/** Compiles and keeps pipelines. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  readonly #modules = new Map<string, GPUShaderModule>();
  /** By the number of storage bindings. */
  readonly #layouts = new Map<number, GPUBindGroupLayout>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The pipeline of a dispatch. */
  get({ kernel, entry, constants, bindings, group = GROUP }: Dispatch): GPUComputePipeline {
    const code = shaderText(kernel, { GROUP: group, ...constants });
    const key = `${entry}\n${code}`;
    let pipeline = this.#pipelines.get(key);
    if (!pipeline) {
      const layout = this.#device.createPipelineLayout({
        bindGroupLayouts: [this.layout(bindings.length)],
      });
      let module = this.#modules.get(code);
      if (!module) {
        module = this.#device.createShaderModule({ label: kernel, code });
        this.#modules.set(code, module);
      }
      pipeline = this.#device.createComputePipeline({
        label: `${kernel} ${entry}`,
        layout,
        compute: { module, entryPoint: entry },
      });
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  /** The slab, and so many storage buffers after it. */
  layout(bindings: number): GPUBindGroupLayout {
    let layout = this.#layouts.get(bindings);
    if (!layout) {
      const entries = Array.from({ length: bindings + 1 }, (_, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: binding === 0 ? "uniform" as const : "storage" as const },
      }));
      layout = this.#device.createBindGroupLayout({ entries });
      this.#layouts.set(bindings, layout);
    }
    return layout;
  }
}

/** A kernel with its constants and what all kernels share before it. */
export function shaderText(
  kernel: KernelName,
  constants: Readonly<Record<string, Constant>>,
): string {
  const lines = Object.entries(constants).map(([name, value]) => {
    if (typeof value === "boolean") return `const ${name}: bool = ${value};\n`;
    if (typeof value === "number") return `const ${name}: u32 = ${value}u;\n`;
    return `const ${name}: f32 = ${Math.fround(value.float)}f;\n`;
  });
  return `${lines.join("")}${SHARED}${KERNELS[kernel].text}`;
}
