/**
 * What a pickled layer of torch.nn computes that the U-Net's layers do not. A state_dict cannot
 * tell, but a whole model (`torch.save(model)`) names the class of each layer and its settings.
 *
 * @module
 */
import { attributesOf, describe, type PickleOpaque, PickleTuple } from "./pickle_values.ts";

/** Activations of the U-Net, and those that people put behind its logits. */
const ACTIVATIONS = ["ReLU", "Sigmoid", "Softmax", "Softmax2d", "LogSoftmax"];

/** Settings that a layer must have, where it has the attribute: the text of their value. */
const SETTINGS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "batchnorm.BatchNorm2d": { eps: ["0.00001"] },
  "batchnorm.SyncBatchNorm": { eps: ["0.00001"] },
  "normalization.GroupNorm": { eps: ["0.00001"] },
  "instancenorm.InstanceNorm2d": { eps: ["0.00001"] },
  "conv.Conv2d": { stride: ["1,1"], dilation: ["1,1"], padding_mode: ['"zeros"'] },
  "conv.ConvTranspose2d": { stride: ["2,2"], padding: ["0,0"], dilation: ["1,1"] },
  "pooling.MaxPool2d": {
    kernel_size: ["2", "2,2"],
    stride: ["2", "2,2"],
    padding: ["0", "0,0"],
    dilation: ["1", "1,1"],
    ceil_mode: ["false"],
  },
  "upsampling.Upsample": { mode: ['"bilinear"'], align_corners: ["true"] },
};

/** What is unusual of a layer: "LeakyReLU"; `undefined` if it may belong to a U-Net. */
export function unusualLayer(layer: PickleOpaque): string | undefined {
  const [, room, name] = /^torch\.nn\.modules\.(\w+)\.(\w+)$/.exec(layer.name) ?? [];
  if (room === undefined) return undefined;
  if (room === "activation" && !ACTIVATIONS.includes(name)) return name;
  const settings = SETTINGS[`${room}.${name}`];
  if (settings === undefined) return room === "pooling" ? name : undefined;
  const attributes = attributesOf(layer);
  const textOf = (key: string) => {
    const value = attributes?.get(key);
    if (value === undefined) return undefined;
    if (!(value instanceof PickleTuple)) return describe(value);
    return value.items.slice(0, 4).map(describe).join();
  };
  if (name === "Conv2d" && textOf("kernel_size") === "3,3" && textOf("padding") === "0,0") {
    return "Conv2d of 3x3 without padding";
  }
  for (const [key, right] of Object.entries(settings)) {
    const text = textOf(key);
    if (text !== undefined && !right.includes(text)) {
      return `${name} with ${key} ${text.slice(0, 20)} (${right[0]} is needed)`;
    }
  }
  return undefined;
}
