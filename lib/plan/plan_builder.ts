/**
 * Writes plans: walks the layers of a network forward and back and notes the steps. Names of tensors: see plan.ts.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import {
  type ConvolutionLayer,
  IMAGE,
  type Layer,
  layersOf,
  type Network,
  parametersOf,
} from "../network/network.ts";
import type { BatchShape, Plan, Segment } from "./plan.ts";
import type { Source, Step, TensorKind, TensorSpec } from "./steps.ts";

/** A plan while it is being written. */
export class PlanDraft {
  readonly #network: Network;
  readonly #shape: BatchShape;
  readonly #layers: Layer[];
  readonly #tensors = new Map<string, TensorSpec>();
  readonly #persistent: string[] = [];
  readonly #segments: Record<Segment, Step[]> = {
    setup: [],
    forward: [],
    backward: [],
    update: [],
  };
  /** How readers see each layer's tensor. */
  readonly #sources = new Map<string, Source>();

  constructor(network: Network, shape: BatchShape) {
    this.#network = network;
    this.#shape = shape;
    this.#layers = layersOf(network);
  }

  plan(inputs: readonly string[], outputs: readonly string[]): Plan {
    return {
      tensors: [...this.#tensors.values()],
      segments: this.#segments,
      persistent: this.#persistent,
      inputs: inputs.filter((name) => this.#isInput(name)),
      outputs,
    };
  }

  #isInput(name: string): boolean {
    if (name === "input") return this.#shape.input === "plane";
    return this.#tensors.has(name);
  }

  #tensor(
    name: string,
    kind: TensorKind,
    shape: readonly number[],
    split?: readonly number[],
  ): string {
    this.#tensors.set(name, split ? { name, kind, shape, split } : { name, kind, shape });
    return name;
  }

  #keep(name: string): string {
    this.#persistent.push(name);
    return name;
  }

  #shapeOf(name: string): readonly number[] {
    return this.#tensors.get(name)!.shape;
  }

  /** Declares the state_dict. */
  parameters(): void {
    for (const spec of parametersOf(this.#network)) {
      this.#keep(this.#like(spec.name, spec.name, spec.shape));
    }
  }

  /** Declares a tensor that is laid out like parameter `parameter`. */
  #like(name: string, parameter: string, shape: readonly number[]): string {
    const layer = this.#layers.find((layer) => `${layer.name}.weight` === parameter);
    if (layer?.kind === "convolution") {
      return this.#tensor(name, "conv3x3", shape, layer.inChannels);
    }
    if (layer?.kind === "transposed") return this.#tensor(name, "convtranspose2", shape);
    if (layer?.kind === "head") return this.#tensor(name, "conv1x1", shape);
    return this.#tensor(name, "vector", shape);
  }

  forward(mode: "train" | "evaluate" | "predict"): void {
    const { n, height, width, mean, std } = this.#shape;
    const input = this.#tensor("input", "plane", [n, this.#network.inChannels, height, width]);
    this.#sources.set(IMAGE, { tensor: input });
    if (this.#shape.input !== "plane") {
      if (this.#network.inChannels !== 1) {
        throw new InputError(
          `the network reads ${this.#network.inChannels} channels, but images here are grey: 1 channel`,
        );
      }
      const image = this.#tensor("image", "image", [n, height, width]);
      this.#segments.forward.push({ kind: "normalise", image, out: input, mean, std });
    }
    for (const layer of this.#layers) this.#forwardLayer(layer, mode);
  }

  #forwardLayer(layer: Layer, mode: "train" | "evaluate" | "predict"): void {
    if (layer.kind === "convolution") return this.#forwardConvolution(layer, mode);
    const source = this.#sources.get(layer.input)!;
    const [n, , height, width] = this.#shapeOf(source.tensor);
    const weight = `${layer.name}.weight`;
    const bias = `${layer.name}.bias`;
    const map = (name: string, h: number, w: number) =>
      this.#tensor(name, "map", [n, layer.outChannels, h, w]);
    if (layer.kind === "head") {
      const out = this.#tensor("logits", "plane", [n, layer.outChannels, height, width]);
      this.#segments.forward.push({ kind: "conv1x1", source, weight, bias, out });
      return;
    }
    this.#sources.set(layer.name, { tensor: layer.name });
    if (layer.kind === "pool") {
      const out = map(layer.name, Math.floor(height / 2), Math.floor(width / 2));
      this.#segments.forward.push({ kind: "maxpool2", source, out });
    } else {
      const out = map(layer.name, height * 2, width * 2);
      this.#segments.forward.push(
        layer.kind === "transposed"
          ? { kind: "convtranspose2", source, weight, bias, out }
          : { kind: "upsample2", source, out },
      );
    }
  }

  #forwardConvolution(layer: ConvolutionLayer, mode: "train" | "evaluate" | "predict"): void {
    const sources = this.#concatenated(layer);
    const [n, , height, width] = this.#shapeOf(sources[0].tensor);
    const out = this.#tensor(layer.name, "map", [n, layer.outChannels, height, width]);
    const weight = `${layer.name}.weight`;
    const parameters = {
      gamma: `${layer.norm}.weight`,
      beta: `${layer.norm}.bias`,
      runningMean: `${layer.norm}.running_mean`,
      runningVar: `${layer.norm}.running_var`,
    };
    if (mode === "predict") {
      const shape = this.#shapeOf(weight);
      const outWeight = this.#keep(this.#like(`folded.${weight}`, weight, shape));
      const outBias = this.#keep(
        this.#tensor(`folded.${layer.name}.bias`, "vector", [layer.outChannels]),
      );
      this.#segments.setup.push({ kind: "fold", weight, ...parameters, outWeight, outBias });
      this.#segments.forward.push({
        kind: "conv3x3",
        sources,
        weight: outWeight,
        bias: outBias,
        relu: true,
        out,
      });
      this.#sources.set(layer.name, { tensor: out });
      return;
    }
    const norm = this.#tensor(`${layer.norm}.norm`, "norm", [4, layer.outChannels]);
    if (mode === "train") {
      const moments = this.#tensor(`${layer.norm}.moments`, "moments", [2, layer.outChannels]);
      this.#segments.forward.push(
        { kind: "conv3x3", sources, weight, out, moments },
        { kind: "batchnorm", moments, count: n * height * width, ...parameters, norm },
      );
    } else {
      this.#segments.forward.push(
        { kind: "conv3x3", sources, weight, out },
        { kind: "batchnorm_eval", ...parameters, norm },
      );
    }
    this.#sources.set(layer.name, { tensor: out, norm, relu: true });
  }

  /** A convolution's inputs in the frame of the first one: PyTorch pads the upsampled one to the skip's size. */
  #concatenated(layer: ConvolutionLayer): Source[] {
    const sources = layer.inputs.map((name) => this.#sources.get(name)!);
    const [, , height, width] = this.#shapeOf(sources[0].tensor);
    return sources.map((source) => {
      const [, , h, w] = this.#shapeOf(source.tensor);
      const top = (height - h) >> 1;
      const left = (width - w) >> 1;
      return h === height && w === width ? source : { ...source, top, left };
    });
  }

  #maskShape(): readonly number[] {
    const { n, height, width } = this.#shape;
    return [n, this.#network.classes, height, width];
  }

  loss(withGradient: boolean): void {
    const mask = this.#tensor("mask", "plane", this.#maskShape());
    const result = this.#tensor("loss", "scalars", [3]);
    const step: Step = { kind: "loss", logits: "logits", mask, result };
    this.#segments.forward.push(
      withGradient
        ? { ...step, gradient: this.#tensor("gradient.logits", "plane", this.#maskShape()) }
        : step,
    );
  }

  overlap(): void {
    const result = this.#tensor("overlap", "scalars", [this.#shape.n, 3]);
    this.#segments.forward.push({ kind: "overlap", logits: "logits", mask: "mask", result });
  }

  /** Declares the gradient of what the readers of layer `name` see. */
  #gradientOf(name: string): string {
    const gradient = `gradient.${name}`;
    if (!this.#tensors.has(gradient)) this.#tensor(gradient, "map", this.#shapeOf(name));
    return gradient;
  }

  #parameterGradient(parameter: string): string {
    return this.#like(`grad.${parameter}`, parameter, this.#shapeOf(parameter));
  }

  /**
   * Layers in reverse. Every gradient is written once and then read; the one exception is a skip connection,
   * which the decoder writes first and to which max-pooling adds.
   */
  backward(): void {
    for (const layer of this.#layers.toReversed()) {
      if (layer.kind === "convolution") this.#backwardConvolution(layer);
      else this.#backwardOther(layer);
    }
  }

  #backwardConvolution(layer: ConvolutionLayer): void {
    const gradient = this.#gradientOf(layer.name);
    const weight = `${layer.name}.weight`;
    const sources = this.#concatenated(layer);
    this.#segments.backward.push(
      {
        kind: "batchnorm_gradient",
        source: this.#sources.get(layer.name)!,
        gradient,
        gammaGradient: this.#parameterGradient(`${layer.norm}.weight`),
        betaGradient: this.#parameterGradient(`${layer.norm}.bias`),
      },
      {
        kind: "conv3x3_weight_gradient",
        sources,
        gradient,
        weightGradient: this.#parameterGradient(weight),
      },
    );
    if (layer.inputs[0] === IMAGE) return;
    const targets = layer.inputs.map((name, i) => {
      const { top, left } = sources[i];
      const tensor = this.#gradientOf(name);
      return top === undefined ? { tensor } : { tensor, top, left };
    });
    this.#segments.backward.push({ kind: "conv3x3_input_gradient", gradient, weight, targets });
  }

  #backwardOther(layer: Exclude<Layer, ConvolutionLayer>): void {
    const source = this.#sources.get(layer.input)!;
    const weight = `${layer.name}.weight`;
    const gradient = layer.kind === "head" ? "gradient.logits" : this.#gradientOf(layer.name);
    const out = this.#gradientOf(layer.input);
    if (layer.kind === "pool") {
      this.#segments.backward.push({ kind: "maxpool2_gradient", source, gradient, out });
    } else if (layer.kind === "bilinear") {
      this.#segments.backward.push({ kind: "upsample2_gradient", gradient, out });
    } else {
      const weightGradient = this.#parameterGradient(weight);
      const biasGradient = this.#parameterGradient(`${layer.name}.bias`);
      if (layer.kind === "head") {
        this.#segments.backward.push({
          kind: "conv1x1_gradient",
          source,
          weight,
          gradient,
          sourceGradient: out,
          weightGradient,
          biasGradient,
        });
      } else {
        this.#segments.backward.push(
          {
            kind: "convtranspose2_weight_gradient",
            source,
            gradient,
            weightGradient,
            biasGradient,
          },
          { kind: "convtranspose2_input_gradient", gradient, weight, out },
        );
      }
    }
  }

  adam(): void {
    const rate = this.#tensor("rate", "scalars", [2]);
    const trained = parametersOf(this.#network).filter((spec) => spec.trained);
    const entries = trained.map(({ name, shape }) => ({
      parameter: name,
      gradient: `grad.${name}`,
      firstMoment: this.#keep(this.#like(`exp_avg.${name}`, name, shape)),
      secondMoment: this.#keep(this.#like(`exp_avg_sq.${name}`, name, shape)),
    }));
    this.#segments.update.push({ kind: "adam", entries, rate });
  }
}
