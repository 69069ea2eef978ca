/**
 * What the overview says of each command, and two examples, which its help ends with.
 *
 * @module
 */
import { task } from "../words/task.ts";

/** The help of a command, beside its options. */
export interface HelpTexts {
  /** One line, as in deno.json. */
  readonly summary: string;
  /** The arguments of each example. */
  readonly examples: readonly [string, string];
}

/** The help of each command. */
export const HELP: Readonly<Record<string, HelpTexts>> = {
  demo: {
    summary: "Make phantoms, train a small U-Net on them, predict the validation images",
    examples: ["", "--device cpu"],
  },
  phantoms: {
    summary: "Write synthetic ultrasound images with masks",
    examples: ["--count 24", "--count 100 --seed 7 --out more-phantoms"],
  },
  inspect: {
    summary: "Examine images and masks before training: defects, duplicates, statistics",
    examples: ["", "my-images --masks my-masks"],
  },
  train: {
    summary: "Train a U-Net on the images in DATA_DIR",
    examples: ["--recipe fast --name first", "--resume first --epochs 80"],
  },
  predict: {
    summary: "Outline lesions in images with a trained model",
    examples: ["new-images", "--model first --threshold auto new-images"],
  },
  merge: {
    summary: "Join the parts of a prediction that was divided with --shard",
    examples: ["", "runs/first/predictions"],
  },
  page: {
    summary: "Write a model as one HTML file that outlines lesions in a browser, without a network",
    examples: ["first", "first --out pages/first.html"],
  },
  runs: {
    summary: "List all runs with their figures",
    examples: ["", "--json"],
  },
  report: {
    summary: "Write the report of a run (again): report.html",
    examples: ["", "first"],
  },
  evaluate: {
    summary: "Measure a model on images whose masks are known",
    examples: ["first", "first --baseline second"],
  },
  compare: {
    summary: "Put runs side by side: settings, curves, figures",
    examples: ["first second", "first second third --name all-three"],
  },
  verify: {
    summary: "Check the folder of a run, and say how to go on with it",
    examples: ["", "first"],
  },
  import: {
    summary: "Turn a PyTorch .pth file into a safetensors file, and say what is in it",
    examples: ["unet.pth", "unet.pth --mean 0 --std 1"],
  },
  export: {
    summary: "Write a trained model for PyTorch, safetensors or ONNX",
    examples: ["--to pth", "first --to onnx --size 256 --out exported/first.onnx"],
  },
  doctor: {
    summary: "Does this machine's GPU compute rightly? Adapter, limits, test vectors, speed",
    examples: ["", "--model first"],
  },
  profile: {
    summary: "Time each kind of step on made-up data (no file is read or written)",
    examples: ["", "--device cpu"],
  },
};

/** The end of the help of a command. */
export function examplesOf(command: string): string {
  const lines = HELP[command].examples.map((words) => `  ${task(command, words).trimEnd()}`);
  return `\nExamples:\n${lines.join("\n")}`;
}
