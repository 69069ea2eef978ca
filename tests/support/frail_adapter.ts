/**
 * Adapters that fail: with little memory, which lavapipe never reports, or with devices that are
 * lost on demand.
 *
 * @module
 */

/**
 * A GPU with `bytes` bytes of memory. Beyond this, its error scopes report that memory is
 * exhausted.
 */
export function smallAdapter(adapter: GPUAdapter, bytes: number): GPUAdapter {
  return withDevice(adapter, (device) => {
    let free = bytes;
    let failed = false;
    return {
      createBuffer(descriptor: GPUBufferDescriptor): GPUBuffer {
        const buffer = device.createBuffer(descriptor);
        free -= descriptor.size;
        if (free < 0) failed = true;
        const destroy = buffer.destroy.bind(buffer);
        let there = true;
        buffer.destroy = () => {
          if (there) free += descriptor.size;
          there = false;
          destroy();
        };
        return buffer;
      },
      async popErrorScope(): Promise<GPUError | null> {
        const error = await device.popErrorScope();
        const lacking = failed;
        failed = false;
        return error ?? (lacking ? { message: "out of memory" } : null);
      },
    };
  });
}

/** An adapter, and a function that loses its devices. */
export function losableAdapter(adapter: GPUAdapter): { adapter: GPUAdapter; lose(): void } {
  const devices: GPUDevice[] = [];
  const watched = withDevice(adapter, (device) => {
    devices.push(device);
    return {};
  });
  return { adapter: watched, lose: () => devices.forEach((device) => device.destroy()) };
}

/** An adapter with some methods of its devices replaced. */
export function withDevice(
  adapter: GPUAdapter,
  methods: (device: GPUDevice) => Partial<GPUDevice>,
): GPUAdapter {
  return replacing(adapter, {
    async requestDevice(descriptor?: GPUDeviceDescriptor): Promise<GPUDevice> {
      const device = await adapter.requestDevice(descriptor);
      return replacing(device, methods(device));
    },
  });
}

/** An object with some members replaced. Its own methods are still bound to the original object. */
export function replacing<T extends object>(object: T, members: Partial<T>): T {
  return new Proxy(object, {
    get(target, key) {
      if (key in members) return Reflect.get(members, key);
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
