/**
 * The fusion pass finds the operations of a graph that need no own step.
 *
 * - The reader of a convolution's raw result applies batch norm and ReLU. The convolution computes
 *   the moments for the batch norm. The reader of a sum applies the ReLU behind it.
 * - Group norm applies the ReLU behind it before it stores its result.
 * - A concatenation is never stored: its reader, a convolution, takes several sources.
 *
 * After fusion, a value is a {@linkcode View}: a stored tensor and the operations that its reader
 * applies.
 *
 * @module
 */
import { type Graph, IMAGE, type Op, type Value } from "../network/graph.ts";

/** A value as readers read it. */
export interface View {
  /** The stored value. */
  readonly stored: Value;
  /** The batch norm that the reader applies. */
  readonly norm?: Value;
  /** Whether the reader applies ReLU, after the batch norm. */
  readonly relu?: boolean;
  /** The stored value in whose size the reader places this one; by default its own. */
  readonly frame?: Value;
}

/** A graph after fusion. */
export interface FusedGraph {
  readonly graph: Graph;
  /** One view for each value; for a concatenation, one for each part. */
  readonly views: ReadonlyMap<Value, readonly View[]>;
  /** For each stored value with a batch norm or a ReLU behind it: the view after them. */
  readonly normalised: ReadonlyMap<Value, View>;
  /** The group norms that apply ReLU. */
  readonly rectified: ReadonlySet<Value>;
}

/** Fuses a graph. Throws `RangeError` for a graph that the steps of a plan cannot express. */
export function fuse(graph: Graph): FusedGraph {
  const views = new Map<Value, readonly View[]>([[IMAGE, [{ stored: IMAGE }]]]);
  const normalised = new Map<Value, View>();
  const rectified = new Set<Value>();
  const opsByName = new Map(graph.ops.map((op) => [op.name, op]));
  checkReaders(graph, opsByName);
  for (const op of graph.ops) {
    const inputs = op.inputs.flatMap((value) => views.get(value)!);
    switch (op.kind) {
      case "batchnorm":
      case "relu": {
        const [{ stored }] = inputs;
        if (opsByName.get(stored)?.kind === "groupnorm") {
          views.set(op.name, inputs);
          rectified.add(stored);
          break;
        }
        const view = op.kind === "relu" ? { ...inputs[0], relu: true } : { stored, norm: op.name };
        views.set(op.name, [view]);
        normalised.set(stored, view);
        break;
      }
      case "align":
        views.set(op.name, [{ ...inputs[0], frame: inputs[1].stored }]);
        break;
      case "concat":
        views.set(op.name, inputs);
        break;
      case "groupnorm":
        if (inputs.some(({ norm, relu }) => norm !== undefined || relu)) {
          throw new RangeError(
            `${op.name} cannot be planned: group norm is planned behind a value that is stored`,
          );
        }
        views.set(op.name, [{ stored: op.name }]);
        break;
      default:
        views.set(op.name, [{ stored: op.name }]);
    }
  }
  return { graph, views, normalised, rectified };
}

/** Throws for graphs in which an operation needs a fused value in memory. */
function checkReaders({ ops, outputs }: Graph, opsByName: ReadonlyMap<Value, Op>): void {
  const readers = new Map<Value, Op[]>();
  for (const op of ops) {
    for (const value of op.inputs) readers.set(value, [...readers.get(value) ?? [], op]);
  }
  const outputValues = new Set(outputs.map(({ value }) => value));
  for (const op of ops) {
    const refuse = (reason: string): never => {
      throw new RangeError(`${op.name} cannot be planned: ${reason}`);
    };
    const isOutput = outputValues.has(op.name);
    const readBy = readers.get(op.name) ?? [];
    const input = opsByName.get(op.inputs[0]);
    const inputReaders = readers.get(op.inputs[0])!;
    if (readBy.length === 0 && !isOutput) refuse("nothing reads it");
    if (readBy.length > 0 && isOutput) refuse("an output is read by nothing");
    if (isOutput !== (op.kind === "conv1x1")) refuse("outputs are 1x1 convolutions, and only they");
    if (op.kind === "batchnorm" && (!isConvolution(input) || inputReaders.length > 1)) {
      refuse("batch norm is planned behind a convolution that nothing else reads");
    }
    if (op.kind === "relu" && (!takesRelu(input) || inputReaders.length > 1)) {
      refuse("ReLU is planned behind a norm or a sum that nothing else reads");
    }
    if (op.inputs.includes(IMAGE) && !isConvolution(op)) {
      refuse("the image is read by convolutions alone");
    }
    if (op.kind === "align" && !readBy.every((by) => isConvolution(by) || by.kind === "concat")) {
      refuse("an aligned map is read by convolutions and concatenations alone");
    }
    if (op.kind === "concat" && !readBy.every(isConvolution)) {
      refuse("a concatenation is read by convolutions alone");
    }
  }
}

/** Whether it is a convolution between maps. */
function isConvolution(op: Op | undefined): boolean {
  return op?.kind === "conv3x3" || op?.kind === "pointwise";
}

function takesRelu(op: Op | undefined): boolean {
  return op?.kind === "batchnorm" || op?.kind === "groupnorm" || op?.kind === "add";
}
