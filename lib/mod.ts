/**
 * Sonoseg as a library: describe a network, read or initialise its weights, make an engine, run a
 * predictor or training steps, read losses and states. The commands use nothing else.
 *
 * ```ts
 * import { createCpuEngine, graphOf, initialWeights, planPrediction } from "./lib/mod.ts";
 *
 * const graph = graphOf({ inChannels: 1, classes: 1, base: 8, bilinear: false });
 * const plan = planPrediction(graph, { n: 1, width: 64, height: 64, mean: 0.485, std: 0.229 });
 * const engine = await createCpuEngine({ threads: 2 });
 * const predictor = await engine.predictor(plan, initialWeights(graph, 0));
 * const logits = await predictor.run(new Uint8Array(64 * 64), 1); // [1, 1, 64, 64]
 * engine.close();
 * ```
 *
 * @module
 */
export { DeviceError, InputError } from "./core/errors.ts";
export { type Mention, Sentence } from "./core/sentence.ts";
export type { Field } from "./core/fields.ts";
export type { Tensor, TensorData, Tensors } from "./core/tensor.ts";
export { RESEARCH_ONLY, VERSION } from "./core/version.ts";

// The network and its weights.
export { type Network } from "./network/network.ts";
export { graphOf, networkOf } from "./network/architectures.ts";
export { type Graph, IMAGE, type Op, type OpKind, type Output } from "./network/graph.ts";
export {
  counterNames,
  parameterCount,
  parametersOf,
  type ParameterSpec,
} from "./network/parameters.ts";
export { checkWeights, initialWeights } from "./network/weights.ts";
export { stateDictOf } from "./network/state_dict.ts";
export { readSafetensors, type SafetensorsFile, writeSafetensors } from "./formats/safetensors.ts";
export { type PthFile, readPth } from "./formats/pth.ts";
export { writePth } from "./formats/pth_writer.ts";
export { readStateDict, type StateDictFile } from "./formats/state_dict.ts";
export { type OnnxOptions, writeOnnx } from "./formats/onnx.ts";

// Plans and engines.
export { type BatchShape, type Plan } from "./plan/plan.ts";
export {
  planEvaluation,
  planPrediction,
  planTraining,
  type TrainingOptions,
} from "./plan/planners.ts";
export { LOSS_TERMS, type LossTerm } from "./plan/losses.ts";
export { type Optimizer, type OptimizerName, OPTIMIZERS } from "./plan/optimizers.ts";
export { planFlops } from "./plan/flops.ts";
export type * from "./plan/steps.ts";
export type {
  Engine,
  Evaluation,
  LossParts,
  Predictor,
  Trainer,
  TrainingPlans,
  TrainingState,
} from "./engine/engine.ts";
export type { Batch, OverlapCounts, Pixels } from "./core/batch.ts";
export { type CpuOptions, createCpuEngine } from "./engine/cpu/engine.ts";
export { createGpuEngine, type GpuOptions } from "./engine/gpu/engine.ts";
export { type Finding, selfTest } from "./engine/doctor.ts";
export { chooseEngine, type ChosenEngine, type EngineOptions } from "./engine/choose.ts";

// Images and data sets.
export { type DecodedImage, type GreyImage, type ImageFormat } from "./image/image.ts";
export { decodeGrey, decodeImage } from "./image/codecs/decode.ts";
export { encodeGrey, encodeGrey16, encodeRgb } from "./image/codecs/encode.ts";
export { resizeGrey } from "./image/resize.ts";
export { resizeFloat } from "./image/resize_float.ts";
export { DataFolder } from "./store/folder.ts";
export type { Entry, EntryKind, FileStore, Skip } from "./store/store.ts";
export {
  checkPairing,
  discover,
  type DiscoverOptions,
  type Pair,
  type Pairing,
} from "./dataset/discover.ts";
export {
  hasImage,
  isWhole,
  load,
  type LoadedCase,
  type LoadedImage,
  type LoadedMask,
  type LoadedPair,
  type LoadOptions,
  type RefusedFile,
} from "./dataset/load.ts";
export {
  type Dataset,
  type DatasetCounts,
  loadSamples,
  type LoadSamplesOptions,
  type Sample,
  type SampleSet,
  samplesOf,
} from "./dataset/samples.ts";
export {
  type Part,
  partsOf,
  reportedPart,
  type Share,
  type Split,
  splitAtRandom,
  splitByGroups,
} from "./dataset/split.ts";
export { splitFromJson, splitToJson } from "./dataset/split_file.ts";
export { type Classes, classesOf } from "./dataset/classes.ts";
export {
  type Groups,
  groupsOfPatients,
  joinGroups,
  type Patients,
  patientsByPattern,
  patientsFromCsv,
} from "./dataset/groups.ts";
export {
  type ClassCount,
  type Distribution,
  type DuplicateGroup,
  type Finding as InspectionFinding,
  type FindingCase,
  type FindingKind,
  FINDINGS,
  type Inspection,
  type LesionStatistics,
  type Severity,
} from "./inspect/inspection.ts";
export { inspectFolder, type InspectOptions } from "./inspect/inspect_folder.ts";
export { type DuplicatePair, leaksOf, nearDuplicates } from "./dataset/duplicates.ts";
export { type Fingerprint, fingerprintOf } from "./dataset/fingerprint.ts";
export { batchesOf, type BatchSample, epochOrder, makeBatch } from "./dataset/batches.ts";
export { type NamedPhantom, type PhantomKind, phantomSet } from "./dataset/phantoms/phantoms.ts";

// Training.
export { CONFIG_FIELDS, DEFAULT_CONFIG, type TrainingConfig } from "./train/config.ts";
export { newConfig, resumedConfig } from "./train/resolve_config.ts";
export { planRun, type RunCost } from "./train/cost.ts";
export { batchSource } from "./train/batch_source.ts";
export {
  type BatchSource,
  type Checkpoint,
  type LoopCallbacks,
  type LoopEvent,
  runTraining,
  type TrainingRun,
} from "./train/loop.ts";
export { bestOf, FRESH_PROGRESS, type HistoryRow, type Progress } from "./train/progress.ts";
export { type OverlapSummary, summarise } from "./train/metrics.ts";
export { countOverlap, diceOf, iouOf, precisionOf, recallOf } from "./image/overlap.ts";
export {
  decodeRun,
  decodeWeights,
  encodeModel,
  encodeRun,
  type ModelInfo,
  type SavedRun,
  type WeightsFile,
} from "./model/checkpoint.ts";
export { checkTestVector, type ModelCard, type PartCounts } from "./model/model_card.ts";
export {
  type LogitComparison,
  testImage,
  type TestVector,
  testVectorOf,
} from "./model/test_vector.ts";

// Evaluation.
export { outlineOf } from "./image/outline.ts";
export { type SurfaceDistances, surfaceDistances } from "./evaluate/surface.ts";
export { squaredDistances } from "./image/distance_transform.ts";
export { countLesions } from "./evaluate/lesions.ts";
export { calibrate } from "./evaluate/calibration.ts";
export { type PixelTally, tallyPixels } from "./evaluate/pixel_tally.ts";
export { type CaseIdentity, measureCase, type MeasuredCase } from "./evaluate/case.ts";
export {
  type BootstrapOptions,
  DEFAULT_BOOTSTRAP,
  estimate,
  meanOf,
  medianOf,
  ratioOf,
  type Statistic,
} from "./evaluate/bootstrap.ts";
export {
  type Figures,
  figuresOf,
  summarise as summariseCases,
  summariseLesionFree,
} from "./evaluate/summary.ts";
export { differencesOf } from "./evaluate/difference.ts";
export {
  type Evaluated,
  type EvaluatedCase,
  evaluateImages,
  type EvaluationJob,
} from "./evaluate/evaluate.ts";
export { loadCase, type TrueCase } from "./evaluate/truth.ts";
export { type EvaluationParts, resultsOf } from "./evaluate/results_of.ts";
export { resultsFromJson } from "./evaluate/results_json.ts";
export { resultsToCsv } from "./evaluate/results_csv.ts";
export type * from "./evaluate/results.ts";
export { compareRuns, type RunComparison } from "./run/compare_runs.ts";
export { readRunRecord, type RunRecord } from "./run/run_record.ts";
export { type RunCurves, runCurves, runCurvesPng } from "./report/run_curves.ts";

// Prediction and pictures.
export {
  measure,
  predictImage,
  type Prediction,
  type PredictionOptions,
} from "./predict/predict_image.ts";
export { type InputSize } from "./predict/logits.ts";
export { type Lesion, measureLesions } from "./predict/lesions.ts";
export { fillRings, type Point, type Ring, traceRings } from "./image/contours.ts";
export type { LesionEntry, PredictionEntry, PredictionSettings } from "./predict/entries.ts";
export { cocoJson } from "./predict/coco.ts";
export { measurementsCsv } from "./predict/measurements.ts";
export { type Components, connectedComponents } from "./image/components.ts";
export { lossChart, type LossChartOptions, lossChartPng } from "./report/loss_chart.ts";
export type { EpochRecord } from "./report/curves.ts";
export { contactSheet, type SheetItem, type SheetOptions } from "./pictures/contact_sheet.ts";
export { overlay, type Rgb } from "./pictures/overlay.ts";
export { type Sample as PanelSample, samplePanel } from "./pictures/panel.ts";
