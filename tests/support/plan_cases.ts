/**
 * The plans of the golden texts: networks, batch shapes, planners.
 *
 * @module
 */
import {
  type BatchShape,
  graphOf,
  type Network,
  type Plan,
  planEvaluation,
  planPrediction,
  planTraining,
} from "../../lib/mod.ts";
import { planText } from "./plan_text.ts";

const PLANNERS = {
  training: planTraining,
  evaluation: planEvaluation,
  prediction: planPrediction,
} as const;

type Planner = keyof typeof PLANNERS;

/** One plan. */
export interface PlanCase {
  /** The case's name: "training base 2 bilinear, 37x53 n 2". */
  readonly name: string;
  /** The file of a plan that is stored as text. Other plans are stored as hashes. */
  readonly file?: string;
  readonly plan: () => Plan;
}

/** Height, width, images. Odd sizes require padding of the upsampled maps before concatenation. */
const SHAPES = [
  [16, 16, 2],
  [37, 53, 2],
  [31, 16, 3],
  [64, 48, 1],
  [97, 130, 5],
  [512, 512, 4],
  [512, 512, 1],
] as const;

const BASES = [1, 2, 4, 16, 64];

/** The folder of the golden plans. */
export const GOLDEN_PLANS = "tests/golden/plans";

/**
 * The file of the hashes: an object that maps the case's name to the SHA-256 of the plan's text.
 */
export const HASHES = `${GOLDEN_PLANS}/sha256.json`;

/** All cases: hundreds of plans, each made on demand. */
export function planCases(): PlanCase[] {
  const cases: PlanCase[] = [];
  for (const bilinear of [false, true]) {
    for (const base of BASES) {
      for (const [height, width, n] of SHAPES) {
        const shape = { n, height, width, mean: 0.485, std: 0.229 };
        cases.push(...allPlanners({ inChannels: 1, classes: 1, base, bilinear }, shape));
      }
    }
    // Two classes, three channels, and floats in place of a grey image.
    const shape = { n: 2, height: 37, width: 53, mean: 0.5, std: 0.25 };
    for (const [inChannels, classes] of [[1, 2], [1, 1], [3, 1], [3, 2]]) {
      const network = { inChannels, classes, base: 2, bilinear };
      cases.push(...allPlanners(network, { ...shape, input: "plane" }));
      if (inChannels === 1) cases.push(...allPlanners(network, { ...shape, input: "image" }));
    }
  }
  return cases;
}

function allPlanners(network: Network, shape: BatchShape): PlanCase[] {
  return (Object.keys(PLANNERS) as Planner[])
    // A batch with a single pixel at the deepest level cannot be trained on.
    .filter((planner) => planner !== "training" || canTrain(shape))
    .map((planner) => planCase(planner, network, shape));
}

function planCase(planner: Planner, network: Network, shape: BatchShape): PlanCase {
  const { inChannels, classes, base, bilinear } = network;
  const { n, height, width, mean, std, input } = shape;
  const decoder = bilinear ? "bilinear" : "transposed";
  const size = `${height}x${width} n ${n}`;
  const ends = `${inChannels} to ${classes}`;
  const grey = input === undefined ? "" : ` from ${input} (${mean}, ${std})`;
  const file = readableFile(planner, network, shape);
  return {
    name: `${planner}, base ${base} ${decoder} ${ends}, ${size}${grey}`,
    ...(file !== undefined && { file }),
    plan: () => PLANNERS[planner](graphOf(network), shape),
  };
}

/**
 * The file of a plan that is stored as text: only plans of the smallest network and an odd size.
 */
function readableFile(planner: Planner, network: Network, shape: BatchShape): string | undefined {
  const { base, bilinear } = network;
  if (base !== 1 || shape.height !== 37) return undefined;
  if (planner === "training" && !bilinear) return `${GOLDEN_PLANS}/training_transposed.txt`;
  if (planner === "prediction" && bilinear) return `${GOLDEN_PLANS}/prediction_bilinear.txt`;
  return undefined;
}

function canTrain({ n, height, width }: BatchShape): boolean {
  return n * Math.floor(height / 16) * Math.floor(width / 16) > 1;
}

/** The SHA-256 of a plan's text, hexadecimal. */
export async function hashOfPlan(plan: Plan): Promise<string> {
  const bytes = new TextEncoder().encode(planText(plan));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
