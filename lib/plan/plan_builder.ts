/**
 * A plan under construction: the tensors and steps so far, and the sources of the graph's values.
 * plan.ts defines the names of tensors.
 *
 * @module
 */
import { classesOf, extentsOf, type Graph, IMAGE, type Value } from "../network/graph.ts";
import { parametersOf } from "../network/parameters.ts";
import { fuse, type FusedGraph, type View } from "./fuse.ts";
import type { BatchShape, DropoutDraw, Plan, Segment } from "./plan.ts";
import type { Source, Step, TensorKind, TensorSpec } from "./steps.ts";

/**
 * The purpose of a plan. Batch norm uses the statistics of the batch (`train`) or the running ones
 * (`evaluate`), or is folded into the weights (`predict`).
 */
export type Mode = "train" | "evaluate" | "predict";

/** How numbers are stored: `mixed` stores maps as 16-bit floats, everything else in 32 bits. */
export type Precision = "float32" | "mixed";

/** A plan under construction. */
export class PlanBuilder {
  readonly shape: BatchShape;
  readonly mode: Mode;
  readonly precision: Precision;
  readonly fused: FusedGraph;
  readonly #tensors = new Map<string, TensorSpec>();
  readonly #persistent: string[] = [];
  readonly #draws: Omit<DropoutDraw, "seed">[] = [];
  readonly #segments: Record<Segment, Step[]> = {
    setup: [],
    forward: [],
    backward: [],
    update: [],
  };
  /** Tensor names of values whose tensors have another name. */
  readonly #names: ReadonlyMap<Value, string>;
  /** Layout of the weights that are not vectors, by name. */
  readonly #weightForms: ReadonlyMap<string, Pick<TensorSpec, "kind" | "split">>;

  constructor(graph: Graph, shape: BatchShape, mode: Mode, precision: Precision = "float32") {
    this.shape = shape;
    this.mode = mode;
    this.precision = precision;
    this.fused = fuse(graph);
    this.#names = new Map([
      [IMAGE, "input"],
      ...graph.outputs.map(({ name, value }) => [value, name] as const),
    ]);
    this.#weightForms = weightForms(this.fused);
  }

  get graph(): Graph {
    return this.fused.graph;
  }

  /** The finished plan. Inputs without a tensor are omitted; the seed is that of the draws. */
  plan(inputs: readonly string[], outputs: readonly string[], seed = 0): Plan {
    const draws = this.#draws.map((draw) => ({ ...draw, seed }));
    const drawn = draws.map(({ tensor }) => tensor);
    return {
      tensors: [...this.#tensors.values()],
      segments: this.#segments,
      persistent: this.#persistent,
      inputs: [...inputs.filter((name) => this.#isInput(name)), ...drawn],
      outputs,
      ...(draws.length > 0 && { draws }),
    };
  }

  /** Declares an input that is drawn at random. */
  draw(draw: Omit<DropoutDraw, "seed">): void {
    this.#draws.push(draw);
  }

  #isInput(name: string): boolean {
    if (name === "input") return this.shape.input === "plane";
    return this.#tensors.has(name);
  }

  /** Declares a new tensor and returns its name. */
  tensor(
    name: string,
    kind: TensorKind,
    shape: readonly number[],
    options: Pick<TensorSpec, "dtype" | "split"> = {},
  ): string {
    const dtype = kind === "map" && this.precision === "mixed" && { dtype: "f16" as const };
    if (!this.#tensors.has(name)) {
      this.#tensors.set(name, { name, kind, shape, ...dtype, ...options });
    }
    return name;
  }

  /** Declares a tensor with the layout of another one. */
  like(name: string, other: string): string {
    if (!this.#tensors.has(name)) this.#tensors.set(name, { ...this.#tensors.get(other)!, name });
    return name;
  }

  /** Makes a tensor persistent. */
  keep(name: string): string {
    this.#persistent.push(name);
    return name;
  }

  shapeOf(name: string): readonly number[] {
    return this.#tensors.get(name)!.shape;
  }

  push(segment: Segment, ...steps: readonly Step[]): void {
    this.#segments[segment].push(...steps);
  }

  /** Declares the state_dict. */
  parameters(): void {
    for (const { name, shape } of parametersOf(this.graph)) {
      const { kind, ...options } = this.#weightForms.get(name) ?? { kind: "vector" as const };
      this.keep(this.tensor(name, kind, shape, options));
    }
  }

  /** The tensor of a stored value. */
  tensorOf(value: Value): string {
    return this.#names.get(value) ?? value;
  }

  /** The source of a value that is not a concatenation. */
  source(value: Value): Source {
    const [view] = this.fused.views.get(value)!;
    return this.#sourceOf(view);
  }

  /** Height and width of a convolution's input: those of its frame, or of its first part. */
  frameOf(value: Value): [height: number, width: number] {
    const [{ stored, frame = stored }] = this.fused.views.get(value)!;
    const [, , height, width] = this.shapeOf(this.tensorOf(frame));
    return [height, width];
  }

  /** The sources of a convolution's input, centred in its frame. */
  sources(value: Value): Source[] {
    const sources = this.fused.views.get(value)!.map((view) => this.#sourceOf(view));
    const [height, width] = this.frameOf(value);
    return sources.map((source) => {
      const [, , h, w] = this.shapeOf(source.tensor);
      const top = (height - h) >> 1;
      const left = (width - w) >> 1;
      return h === height && w === width ? source : { ...source, top, left };
    });
  }

  /** The source of a convolution's result after its batch norm. */
  normalised(convolution: Value): Source {
    return this.#sourceOf(this.fused.normalised.get(convolution)!);
  }

  #sourceOf({ stored, norm, relu }: View): Source {
    const tensor = this.tensorOf(stored);
    if (norm === undefined) return relu ? { tensor, relu } : { tensor };
    // In prediction the convolution itself applies both.
    if (this.mode === "predict") return { tensor };
    return relu ? { tensor, norm: `${norm}.norm`, relu } : { tensor, norm: `${norm}.norm` };
  }

  /** The shape of the mask and of the logits. */
  get maskShape(): readonly number[] {
    const { n, height, width } = this.shape;
    return [n, classesOf(this.graph), height, width];
  }
}

function weightForms(
  { graph, views }: FusedGraph,
): Map<string, Pick<TensorSpec, "kind" | "split">> {
  const extents = extentsOf(graph);
  const forms = new Map<string, Pick<TensorSpec, "kind" | "split">>();
  for (const { kind, name, inputs: [input] } of graph.ops) {
    const weight = `${name}.weight`;
    if (kind === "conv3x3" || kind === "pointwise") {
      const split = views.get(input)!.map(({ stored }) => extents.get(stored)!.channels);
      forms.set(weight, { kind, split });
    } else if (kind === "conv1x1" || kind === "convtranspose2") {
      forms.set(weight, { kind });
    }
  }
  return forms;
}
