/**
 * All that a prediction depends on besides the images, as `predictions.json` records it.
 *
 * @module
 */
import { VERSION } from "../core/version.ts";
import type { Spacings } from "../dataset/spacings.ts";
import { mmPerPxOf, spacingOf } from "../image/spacing.ts";
import type { Model } from "../model/model_file.ts";
import type { TrainingConfig } from "../train/config.ts";
import type { ChosenOptions } from "./chosen_options.ts";
import type { MemberSettings, PredictionSettings } from "./entries.ts";

/**
 * The settings of a prediction.
 *
 * @param configs The configuration of each model.
 * @param engine The name of the engine: cpu or gpu.
 */
export function settingsOf(
  { threshold, tta, minArea, minShare, keepLargest, mmPerPx }: ChosenOptions,
  models: readonly Model[],
  configs: readonly TrainingConfig[],
  engine: string,
  { table }: Pick<Spacings, "table"> = { table: undefined },
): PredictionSettings {
  const members = models.map(({ path, sha256 }, k): MemberSettings => {
    const { width, height, fit, mean, std } = configs[k];
    return {
      model: path,
      model_sha256: sha256,
      network_width: width,
      network_height: height,
      fit,
      mean,
      std,
    };
  });
  const { model, model_sha256, ...input } = members[0];
  return {
    sonoseg: VERSION,
    model,
    model_sha256,
    engine,
    threshold,
    ...input,
    tta,
    min_area_px: minArea,
    ...(minShare !== undefined && { min_area_share: minShare }),
    keep_largest: keepLargest,
    mm_per_px: mmPerPx === null ? null : mmPerPxOf(spacingOf(mmPerPx)),
    ...(table && { spacings: table.source, spacings_sha256: table.sha256 }),
    ...(members.length > 1 && { members }),
  };
}
