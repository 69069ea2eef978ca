/**
 * Compiles pipelines, each once: a kernel's text with named constants and an entry point.
 *
 * @module
 */
import type { Dispatch } from "./context.ts";
import { KERNELS, SHARED } from "./kernels.ts";
import type { Kernel } from "./kernels/kernel.ts";
import { storedMaps } from "./stored_maps.ts";

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
  get(dispatch: Dispatch): GPUComputePipeline {
    const { kernel, entry, bindings } = dispatch;
    const code = shaderText(dispatch);
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

/** The whole text of a dispatch's kernel: constants, the shared text, the stored maps, its own. */
export function shaderText(
  { kernel, constants, bindings, group = GROUP }: ShaderChoice,
): string {
  const all: Dispatch["constants"] = { GROUP: group, ...constants };
  const lines = Object.entries(all).map(([name, value]) => {
    if (typeof value === "boolean") return `const ${name}: bool = ${value};\n`;
    if (typeof value === "number") return `const ${name}: u32 = ${value}u;\n`;
    return `const ${name}: f32 = ${Math.fround(value.float)}f;\n`;
  });
  const { text, bindings: names }: Kernel = KERNELS[kernel];
  const halves = new Set(names.filter((_, index) => bindings[index]?.halves));
  return `${lines.join("")}${SHARED}${storedMaps(text, halves)}${text}`;
}

/** What the text of a kernel depends on. */
type ShaderChoice = Pick<Dispatch, "kernel" | "constants" | "bindings" | "group">;
