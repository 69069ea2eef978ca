/**
 * Compiles pipelines, each once: a kernel's text with named constants and an entry point.
 *
 * @module
 */
import type { Constant, Dispatch } from "./context.ts";
import { type KernelName, KERNELS, SHARED } from "./kernels.ts";

/** Default number of invocations of a workgroup. */
export const GROUP = 64;

/** Compiles and keeps pipelines. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  readonly #modules = new Map<string, GPUShaderModule>();
  /** Layouts by the number of storage bindings. */
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

  /** The layout of a slab and `bindings` storage buffers. */
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

/** A kernel's whole text: its constants, the shared text, its own. */
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
