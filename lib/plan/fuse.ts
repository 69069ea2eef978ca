/**
 * The fusion pass finds the operations of a graph that need no own step.
 *
 * - The reader of a convolution's raw result applies batch norm and ReLU. The convolution computes
 *   the moments for the batch norm.
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
}

/** A graph after fusion. */
export interface FusedGraph {
  readonly graph: Graph;
  /** One view for each value; for a concatenation, one for each part. */
  readonly views: ReadonlyMap<Value, readonly View[]>;
  /**
   * For each convolution with a batch norm: the view after the batch norm and its optional ReLU.
   */
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
    if (op.kind === "batchnorm" && (input?.kind !== "conv3x3" || inputReaders.length > 1)) {
      refuse("batch norm is planned behind a 3x3 convolution that nothing else reads");
    }
    const isNorm = input?.kind === "batchnorm" || input?.kind === "groupnorm";
    if (op.kind === "relu" && (!isNorm || inputReaders.length > 1)) {
      refuse("ReLU is planned behind a norm that nothing else reads");
    }
    if (op.inputs.includes(IMAGE) && op.kind !== "conv3x3") {
      refuse("the image is read by 3x3 convolutions alone");
    }
    if (op.kind === "concat" && readBy.some(({ kind }) => kind !== "conv3x3")) {
      refuse("a concatenation is read by 3x3 convolutions alone");
    }
  }
}
