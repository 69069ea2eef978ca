/**
 * The whole network against PyTorch's numbers, on every engine. The slow ones make a few steps of
 * each training here and the rest in tests/full; those of them in which compiling takes the time,
 * only the smallest network of each kind.
 *
 * @module
 */
import { engines, quickEngines, referenceEngine, softwareEngines } from "../support/engines.ts";
import { type Case, testUnet } from "../support/unet_cases.ts";

const FEW_STEPS = 3;

testUnet(quickEngines, ({ losses30 }) => losses30.length);
testUnet(engines.filter(({ engine }) => engine === referenceEngine), () => FEW_STEPS);
testUnet(
  softwareEngines,
  (facts, all) => isSmallest(facts, all) ? FEW_STEPS : undefined,
);

/** Whether no case with the same decoder is a smaller network on fewer pixels. */
function isSmallest(facts: Case, all: readonly Case[]): boolean {
  const alike = all.filter(({ bilinear }) => bilinear === facts.bilinear);
  const size = ({ base, n, h, w }: Case) => base ** 2 * n * h * w;
  return alike.every((other) => size(other) >= size(facts));
}
