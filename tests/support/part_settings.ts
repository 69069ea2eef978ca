import type { Part } from "../../lib/predict/shards.ts";

/** The settings of a part of a divided prediction. */
export const PART_SETTINGS: Part["settings"] = {
  sonoseg: "1",
  model: "m.safetensors",
  model_sha256: "11",
  engine: "cpu",
  threshold: 0.5,
  network_width: 32,
  network_height: 32,
  fit: "squash",
  mean: 0,
  std: 1,
  tta: "flips",
  min_area_px: 1,
  keep_largest: false,
  mm_per_px: null,
};
