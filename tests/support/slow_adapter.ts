/**
 * An adapter whose device computes nothing and takes simulated time: each dispatch, each copy and
 * each call of the host. All results are zeros.
 *
 * @module
 */
import type { SimulatedGpu } from "./simulated_gpu.ts";

/** Milliseconds that the work of this adapter takes. */
export interface SlowTimes {
  /** Of the GPU, for a dispatch. */
  readonly dispatch: number;
  /** Of the host, to record a dispatch. */
  readonly record: number;
  /** Of the host, to write or read a MiB. */
  readonly transfer: number;
}

const LIMITS = {
  maxStorageBufferBindingSize: 2 ** 30,
  maxBufferSize: 2 ** 30,
  maxComputeWorkgroupsPerDimension: 65535,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupStorageSize: 32768,
};

/** An adapter that looks like a real GPU's. */
export function slowAdapter(simulated: SimulatedGpu, times: SlowTimes): GPUAdapter {
  const adapter = {
    info: { vendor: "simulated", architecture: "", device: "", description: "a simulated GPU" },
    limits: LIMITS,
    features: new Set(),
    requestDevice: () => Promise.resolve(slowDevice(simulated, times)),
  };
  return adapter as unknown as GPUAdapter;
}

/** Commands, and the time that the GPU takes for them. */
interface Commands {
  ms: number;
}

function slowDevice(simulated: SimulatedGpu, times: SlowTimes): GPUDevice {
  const transfer = (bytes: number) => simulated.work(times.transfer * bytes / 2 ** 20);
  const nothing = () => ({});
  const device = {
    limits: LIMITS,
    lost: new Promise<never>(() => {}),
    addEventListener() {},
    destroy() {},
    pushErrorScope() {},
    popErrorScope: () => Promise.resolve(null),
    createBindGroup: nothing,
    createBindGroupLayout: nothing,
    createComputePipeline: nothing,
    createPipelineLayout: nothing,
    createShaderModule: nothing,
    createBuffer({ size }: GPUBufferDescriptor) {
      let mapped = false;
      return {
        size,
        destroy() {},
        async mapAsync() {
          if (mapped) throw new Error("the buffer is mapped");
          await simulated.ask();
          mapped = true;
        },
        getMappedRange(_offset: number, bytes: number) {
          if (!mapped) throw new Error("the buffer is not mapped");
          transfer(bytes);
          return new ArrayBuffer(bytes);
        },
        unmap: () => void (mapped = false),
      };
    },
    createCommandEncoder() {
      const commands: Commands = { ms: 0 };
      const dispatch = () => {
        commands.ms += times.dispatch;
        simulated.work(times.record);
      };
      return {
        beginComputePass: () => ({
          setPipeline() {},
          setBindGroup() {},
          dispatchWorkgroups: dispatch,
          end() {},
        }),
        clearBuffer() {},
        copyBufferToBuffer() {},
        finish: () => commands,
      };
    },
    queue: {
      submit(list: readonly unknown[]) {
        for (const { ms } of list as readonly Commands[]) simulated.submit(ms);
      },
      onSubmittedWorkDone: () => simulated.ask(),
      writeBuffer: (_buffer: GPUBuffer, _at: number, data: ArrayBufferView) =>
        transfer(data.byteLength),
    },
  };
  return device as unknown as GPUDevice;
}
