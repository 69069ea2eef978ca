// Every kernel of the CPU engine; compile.ts builds this file into build/kernels.wasm.
//
// A kernel of the U-Net is called as kernel(piece, scratch, ...arguments): `piece` says which part of the work, cut by
// the shapes alone; `scratch` is memory that belongs to the calling thread. Different pieces never write to the same place.
export { adam } from "./adam";
export {
  batchnorm,
  batchnormEval,
  batchnormGradientApply,
  batchnormGradientSums,
  batchnormGradientTotals,
  fold,
} from "./batchnorm";
export { conv1x1, conv1x1Gradient, conv1x1GradientTotals } from "./conv1x1";
export { conv3x3, turnConv3x3 } from "./conv3x3";
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
  turnConvtranspose2,
} from "./convtranspose2";
export { greyFromGreyAlpha, greyFromRgb, greyFromRgba } from "./grey";
export { lossGradient, lossSums, lossTotals, overlap } from "./loss";
export { maxpool2, maxpool2Gradient } from "./maxpool2";
export { normalise } from "./normalise";
export { peak } from "./peak";
export { sumParts } from "./reduce";
export { resizeRows, transpose } from "./resize";
export { sum } from "./sum";
export { upsample2, upsample2Gradient } from "./upsample2";
export { unfilterRows } from "./unfilter";
