/**
 * The public library. The workflows come first: train a run, predict a folder, evaluate a model,
 * inspect images, write a report, verify a run, exchange models with other programs. A workflow is
 * one call that prints nothing; it reports progress to a display, an object of callbacks. The parts
 * of workflows follow: networks, plans, engines, images, data sets, the training loop, measures,
 * pictures. The command line (lib/cli) imports this file alone.
 *
 * ```ts
 * import { DataFolder, evaluateModel, predictFolder, trainRun, writePhantoms } from "./lib/mod.ts";
 *
 * const data = await DataFolder.openOrMake("data");
 * const { folder } = await writePhantoms(data, "phantoms", { count: 24, seed: 0 });
 * const config = { images: folder, width: 32, height: 32, baseChannels: 4, epochs: 2 };
 * const { run } = await trainRun({ data, config, settings: { device: "cpu" } }, {
 *   epochDone: ({ epoch, trainLoss }) => console.log(epoch, trainLoss),
 * });
 * const { out, results } = await predictFolder({ data, inputs: [folder] });
 * console.log(`${results.length} images in ${data.resolve(out)}`);
 * const evaluation = await evaluateModel({ data });
 * console.log(run.name, evaluation?.results.overall.per_case.dice.mean.value);
 * ```
 *
 * A workflow reads images in a data directory, a {@linkcode FileStore}, and writes there or in an
 * output directory of its own. It throws {@linkcode InputError} or {@linkcode DeviceError}.
 *
 * @module
 */

// Workflow: train.
export {
  type PreparedRun,
  type TrainDisplay,
  type TrainRequest,
  type TrainResult,
  trainRun,
} from "./run/train_run.ts";
export {
  findRate,
  type FindRateDisplay,
  type FindRateRequest,
  type FoundRate,
  RATE_FILES,
} from "./run/find_rate.ts";
export {
  dryRun,
  type DryRunDisplay,
  type DryRunRequest,
  FIRST_STEPS,
  type PlannedRun,
  type StepTime,
} from "./run/dry_run.ts";
export type { StartRequest, TrainStart } from "./run/start.ts";
export type { SessionResult } from "./run/session_request.ts";
export type { TestResult } from "./run/test_part.ts";
export {
  type FinishedMember,
  type MembersResult,
  requestedGroup,
  trainMembers,
} from "./run/train_members.ts";
export type { RunGroup } from "./run/groups_of_runs.ts";
export { FILES, keptFile, RunFolder, runNames } from "./run/run_folder.ts";
export {
  DEFAULT_SETTINGS,
  newSettings,
  type RunSettings,
  SETTINGS_FIELDS,
} from "./run/run_settings.ts";
export { type Manifest, otherEngineOf } from "./run/manifest.ts";

// Workflow: predict.
export {
  type MergedPredictions,
  mergePredictions,
  type PredictDisplay,
  predictFolder,
  type PredictRequest,
  type PredictResult,
  type PreparedPrediction,
} from "./run/predict_folder.ts";
export { PREDICTION_FIELDS, type PredictionWishes } from "./predict/prediction_fields.ts";
export { isFailure, predicted, type Result, type Shard } from "./predict/shards.ts";
export { PREDICTION_FILES } from "./predict/list_texts.ts";
export { countSpecks, type Specks } from "./predict/specks.ts";
export type {
  Failure,
  LesionEntry,
  PredictionEntry,
  PredictionSettings,
} from "./predict/entries.ts";
export type { FoundInputs, PredictInput } from "./predict/inputs.ts";

// Workflow: evaluate and compare.
export {
  type EvaluateDisplay,
  evaluateModel,
  type EvaluateRequest,
  type EvaluationOutcome,
  type PreparedEvaluation,
} from "./run/evaluate_model.ts";
export type { ChosenImages, ImagesRequest } from "./run/evaluated_images.ts";
export type { InferenceRequest } from "./run/inference_request.ts";
export { CASE_MEASURES, EVALUATION_FILES } from "./evaluate/results.ts";
export {
  type CompareRequest,
  writeComparison,
  type WrittenComparison,
} from "./run/write_comparison.ts";
export { compareRuns, type RunComparison } from "./run/compare_runs.ts";
export { readRunRecord, type RunRecord } from "./run/run_record.ts";

// Workflow: inspect.
export {
  type InspectDisplay,
  writeInspection,
  type WriteInspectionRequest,
  type WrittenInspection,
} from "./inspect/write_inspection.ts";
export { proposeRecipe } from "./run/propose_recipe.ts";
export { inspectFolder, type InspectOptions } from "./inspect/inspect_folder.ts";
export {
  type ClassCount,
  type Distribution,
  type DuplicateGroup,
  type Finding,
  type FindingCase,
  type FindingKind,
  FINDINGS,
  type Inspection,
  type LesionStatistics,
  type Severity,
} from "./inspect/inspection.ts";

// Workflow: report and verify.
export { type ReportDisplay, reportRun, type ReportRunRequest } from "./run/report_run.ts";
export {
  bestRun,
  type DamagedRun,
  type KeptModel,
  type ListedRun,
  listRuns,
  type RunList,
} from "./run/list_runs.ts";
export { type Condition, type FileReport, type RunReport, verifyRun } from "./run/verify.ts";

// Workflow: read, import and export models.
export {
  type ExchangeDisplay,
  exportModel,
  type ExportRequest,
  importModel,
  type ImportRequest,
  type WrittenModel,
} from "./run/exchange_model.ts";
export { type PageRequest, writePage, type WrittenPage } from "./run/page_of_model.ts";
export type { ModelFormat } from "./model/exchange.ts";
export { isUsable, type Model, readAnyModel, readModel } from "./model/model_file.ts";
export { findModel, modelFile, modelFiles, newestModel, runOf } from "./run/find_model.ts";
export { newestRun } from "./run/newest_run.ts";

// Workflow: examine and profile this machine.
export {
  type ExaminedEngine,
  type ExamineDisplay,
  examineMachine,
  type ExamineRequest,
} from "./model/examine_machine.ts";
export { checkModel, examineModel, type ModelFinding } from "./model/examine_model.ts";
export {
  type ProfileRequest,
  profileWorkload,
  type WorkloadProfile,
} from "./engine/profile_workload.ts";
export { describeWorkload, type Workload, WORKLOADS_BY_NAME } from "./engine/workloads.ts";
export type { KindProfile, Profile } from "./engine/profile.ts";
export type { MemoryUse } from "./engine/backend.ts";

// Workflow: phantoms and the demonstration.
export { writePhantoms, type WrittenPhantoms } from "./dataset/phantoms/folder.ts";
export { DEMO_CONFIG, DEMO_PHANTOMS, DEMO_RUN, DEMO_SHEET, writeDemoSheet } from "./run/demo.ts";

// Errors, sentences, formatted numbers.
export { DeviceError, InputError, OutOfMemoryError } from "./core/errors.ts";
export { type Mention, Sentence, sentence, sizeSetting } from "./core/sentence.ts";
export { bytes } from "./core/bytes.ts";
export { count, plural } from "./core/plural.ts";
export { visibleLine, visibleLines, visibleMessage } from "./core/visible.ts";
export type { Field, Fields, ValuesOf } from "./core/fields.ts";
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
export { type LossScale } from "./plan/loss_scaling.ts";
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
  AccumulatedGradients,
  Engine,
  Evaluation,
  LossParts,
  MaskedBatch,
  Predictor,
  Trainer,
  TrainingPlans,
  TrainingState,
} from "./engine/engine.ts";
export type {
  Batch,
  CompactBatch,
  MaskValues,
  OverlapCounts,
  Pixels,
  RawBatch,
} from "./core/batch.ts";
export { type CpuOptions, createCpuEngine } from "./engine/cpu/engine.ts";
export { createGpuEngine, type GpuOptions } from "./engine/gpu/engine.ts";
export { selfTest, type StepFinding } from "./engine/doctor.ts";
export { LOSES_NAN } from "./engine/doctor_nan.ts";
export { describeAdapter, isSoftware } from "./engine/gpu/adapter.ts";
export { chooseEngine, type ChosenEngine, type EngineOptions } from "./engine/choose.ts";
export { openEngine, type TuningRequest } from "./run/open_engine.ts";

// Images and data sets.
export { type DecodedImage, type GreyImage, type ImageFormat } from "./image/image.ts";
export { type MmPerPx, mmPerPxOf, type Spacing, spacingOf } from "./image/spacing.ts";
export { decodeGrey, decodeImage } from "./image/codecs/decode.ts";
export { type DicomSpacing, readDicomSpacings } from "./image/codecs/dicom_spacing.ts";
export { type BitsInUse, bitsInUse, largestOf } from "./image/depth.ts";
export { encodeGrey, encodeGrey16, encodeRgb } from "./image/codecs/encode.ts";
export { type Fit, fitInput, type Frame, frameOf, type NetworkInput, unfit } from "./image/fit.ts";
export { resizeGrey } from "./image/resize.ts";
export { resizeFloat } from "./image/resize_float.ts";
export { DataFolder } from "./store/folder.ts";
export { type FolderPurpose, OUTPUT } from "./store/folder_purpose.ts";
export { Hold } from "./store/hold.ts";
export { namedFiles } from "./store/named_files.ts";
export type {
  Entry,
  EntryKind,
  FileReader,
  FileStore,
  Folders,
  Holder,
  Lock,
  WalkRules,
} from "./store/store.ts";
export { discover, type DiscoverOptions } from "./dataset/discover.ts";
export { checkPairing } from "./dataset/check_pairing.ts";
export { atCommonDepth, Depth } from "./dataset/depth.ts";
export type { Pair, Pairing } from "./dataset/pairing.ts";
export type { FoundLayout, OtherMasks, Rival } from "./dataset/layouts/find_layout.ts";
export type { Layout } from "./dataset/layouts/layout.ts";
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
  type GivenMaskRules,
  type JudgedMask,
  MaskJudge,
  type MaskRules,
  maskRules,
} from "./dataset/masks.ts";
export { AnnotationFiles } from "./dataset/annotations/annotation_files.ts";
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
  PURPOSE,
  reportedPart,
  type Share,
  type Split,
  splitAtRandom,
  splitByGroups,
} from "./dataset/split.ts";
export { type FoundImages } from "./dataset/selection.ts";
export { isSplitFile, seedOfSplit, SELECTION_FIELDS } from "./dataset/selection_fields.ts";
export { splitFromJson, splitToJson } from "./dataset/split_file.ts";
export { type Classes, classesOf } from "./dataset/classes.ts";
export { type Groups, groupsOfPatients, joinGroups, type Patients } from "./dataset/groups.ts";
export { patientsByPattern } from "./dataset/patient_pattern.ts";
export {
  type PatientTable,
  patientTableInWords,
  readPatientTable,
} from "./dataset/patient_table.ts";
export {
  readSpacingTable,
  type SpacingTable,
  spacingTableInWords,
} from "./dataset/spacing_table.ts";
export { Spacings, type SpacingSource, withoutSpacing } from "./dataset/spacings.ts";
export { type LeftOut, leftOutLines, type UnmaskedFolder } from "./dataset/left_out.ts";
export { type DuplicatePair, leaksOf, nearDuplicates } from "./dataset/duplicates.ts";
export { type Fingerprint, fingerprintOf } from "./dataset/fingerprint.ts";
export { imagesPerEpoch, type LesionFreeShare, orderOfEpoch } from "./dataset/lesion_free_share.ts";
export {
  batchesOf,
  type BatchSample,
  epochOrder,
  makeBatch,
  makeCompactBatch,
} from "./dataset/batches.ts";
export { type NamedPhantom, type PhantomKind, phantomSet } from "./dataset/phantoms/phantoms.ts";

// Training.
export {
  CONFIG_FIELDS,
  CONFIG_KEYS,
  DEFAULT_CONFIG,
  networkOfConfig,
  type TrainingConfig,
} from "./train/config.ts";
export { DEFAULT_RECIPE, type NamedRecipe, RECIPES } from "./train/recipes.ts";
export {
  type ChangedSetting,
  changesOf,
  newConfig,
  resumedConfig,
} from "./train/resolve_config.ts";
export { planRun, type RunCost } from "./train/cost.ts";
export { type Preparation, prepareRun } from "./train/preparation.ts";
export { diceInterval, MEASURED_RECIPES, type MeasuredRecipe } from "./train/measured_recipes.ts";
export { type Proposal, propose } from "./train/proposal.ts";
export { batchSource } from "./train/batch_source.ts";
export {
  type BatchSource,
  type Checkpoint,
  type LoopCallbacks,
  type LoopEvent,
  runTraining,
  type TrainingRun,
} from "./train/loop.ts";
export {
  bestOf,
  endedEarly,
  FRESH_PROGRESS,
  hasEnded,
  type HistoryRow,
  keptRow,
  positionOf,
  type Progress,
} from "./train/progress.ts";
export { rowToJson } from "./train/progress_json.ts";
export { type OverlapSummary, summariseOverlap } from "./train/metrics.ts";
export { countOverlap, diceOf, iouOf, precisionOf, recallOf } from "./image/overlap.ts";
export {
  decodeRun,
  encodeModel,
  encodeRun,
  type ModelInfo,
  type SavedRun,
} from "./model/checkpoint.ts";
export type { InputScaling, Size } from "./model/input_scaling.ts";
export { toldInput } from "./model/model_input.ts";
export { decodeWeights, type WeightsFile } from "./model/weights_file.ts";
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
export { squaredDistances, squaredDistancesFrom } from "./image/distance_transform.ts";
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
  summariseCases,
  summariseLesionFree,
} from "./evaluate/summary.ts";
export { withWidth } from "./evaluate/spread.ts";
export { namedMillimetres } from "./evaluate/summary_mm.ts";
export { COMPARED, differencesOf } from "./evaluate/difference.ts";
export { isBeyondChance } from "./evaluate/holm.ts";
export { type ComparedPair, isFirstBetter, toldApart } from "./evaluate/told_apart.ts";
export {
  type Evaluated,
  type EvaluatedCase,
  evaluateImages,
  type EvaluationJob,
} from "./evaluate/evaluate.ts";
export { atSize, type HeadFigure, headFigures, shareText } from "./evaluate/head_figures.ts";
export { shareOf } from "./evaluate/share.ts";
export { loadCase, type TrueCase } from "./evaluate/truth.ts";
export { type EvaluationParts, resultsOf } from "./evaluate/results_of.ts";
export { resultsFromJson } from "./evaluate/results_json.ts";
export { resultsToCsv } from "./evaluate/results_csv.ts";
export type * from "./evaluate/results.ts";
export { type RunCurves } from "./report/run_curves.ts";
export {
  comparisonPicture,
  comparisonPng,
  type PicturedComparison,
} from "./report/comparison_picture.ts";

// Prediction and pictures.
export {
  measure,
  predictImage,
  type Prediction,
  type PredictionOptions,
} from "./predict/predict_image.ts";
export { type Lesion, measureLesions } from "./predict/lesions.ts";
export { fillRings, type Point, type Ring, traceRings } from "./image/contours.ts";
export { cocoJson } from "./predict/coco.ts";
export { measurementsCsv } from "./predict/measurements.ts";
export { type Components, connectedComponents } from "./image/components.ts";
export { lossChart, type LossChartOptions, lossChartPng } from "./report/loss_chart.ts";
export type { EpochRecord } from "./report/curves.ts";
export { contactSheet, type SheetItem, type SheetOptions } from "./pictures/contact_sheet.ts";
export { overlay, type Rgb } from "./pictures/overlay.ts";
export { type PanelSample, samplePanel } from "./pictures/panel.ts";
