// All kernels of the CPU engine; compile.ts builds this file into build/kernels.wasm.
//
// A kernel of a network's step is called as kernel(task, scratch, ...arguments). `task` is the
// number of the task; the cut into tasks depends on the shapes alone. `scratch` is memory of the
// calling thread. No two tasks write to the same address. Constants that hosts need are exported
// here, too.
// One kernel for each optimiser, named after its rule.
export * from "./update";
export { accumulateGradients } from "./accumulate";
export { avgpool2 } from "./avgpool2";
export { average } from "./average";
export {
  batchnorm,
  batchnormEval,
  batchnormGradientApply,
  batchnormGradientSums,
  batchnormGradientTotals,
} from "./batchnorm";
export { WINDOW_SLACK } from "./blocks";
export { blur } from "./blur";
export { boundary, boundarySums } from "./boundary";
export { conv1x1, conv1x1Gradient, conv1x1GradientTotals } from "./conv1x1";
export { conv3x3Direct } from "./conv3x3_direct";
export { conv3x3WeightGradient } from "./conv3x3_weight_gradient";
export {
  conv3x3Winograd,
  winogradInputs,
  winogradOutputs,
  winogradProducts,
  winogradWeights,
} from "./conv3x3_winograd";
export {
  conv3x3WinogradWeightGradient,
  winogradGradients,
  winogradWeightGradient,
  winogradWeightProducts,
} from "./conv3x3_winograd_weight_gradient";
export {
  convtranspose2,
  convtranspose2InputGradient,
  convtranspose2WeightGradient,
  sumPixels,
  transposeWeights,
} from "./convtranspose2";
export { dropout } from "./dropout";
export { elementDropout } from "./element_dropout";
export { fold } from "./fold";
export { gate, GATE_RUN, gateGradient } from "./gate";
export { gradientNorm, sumSquares } from "./gradient_norm";
export { greyFromGreyAlpha, greyFromRgb, greyFromRgba } from "./grey";
export { changeValues, greyTable } from "./grey_values";
export {
  groupnormApply,
  groupnormGradientApply,
  groupnormGradientSums,
  groupnormGradientTotals,
  groupnormMoments,
  groupnormTotals,
} from "./groupnorm";
export { JPEG_TABLE_BYTES, jpegBlocks } from "./jpeg";
export { LOSS_CHUNK, lossGradient, lossSums, lossTotals } from "./loss";
export { LOSS_SUMS_BYTES } from "./loss_terms";
export { maxpool2, maxpool2Gradient } from "./maxpool2";
export { clearBox, copyBox, mixBytes, mixFloats, unitFloats } from "./mix";
export { normalise, NORMALISE_CHUNK } from "./normalise";
export { overlap } from "./overlap";
export { peak } from "./peak";
export { pointwise, pointwiseWeightGradient } from "./pointwise";
export { SUM_CHUNK, sumPartials } from "./reduce";
export { rotate180 } from "./rotate180";
export { resizeRows, transpose, WEIGHT_PLACES } from "./resize";
export { reluGradient, sum, SUM_RUN } from "./sum";
export { PANEL as PANEL_PIXELS } from "./tile";
export { unfilterRows } from "./unfilter";
export { upsample2, upsample2Gradient } from "./upsample2";
export { warp } from "./warp";
export { TEMPORARY_BYTES, TILE_ELEMENTS } from "./winograd";
export { elementStride } from "./winograd_window";
