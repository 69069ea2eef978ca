/**
 * The tiles of the report: the figures that a reader looks for first.
 *
 * @module
 */
import { count } from "../../core/plural.ts";
import { headFigures } from "../../evaluate/head_figures.ts";
import type { Html } from "../../page/html.ts";
import { tile } from "../../page/values.ts";
import type { ReportData } from "./report_data.ts";

/** The parts of the report that have a tile. */
type Tiled = Pick<ReportData, "epoch" | "best" | "keepsLast" | "parts" | "results">;

/** A tile for each figure of the evaluation, the epoch of the model, and the images. */
export function tilesOf({ epoch, best, keepsLast, parts, results }: Tiled): Html[] {
  const tiles: Html[] = [];
  if (results) {
    for (const { name, value, detail, interval } of headFigures(results.evaluation)) {
      tiles.push(tile(name, value, [detail, interval]));
    }
  } else if (best) {
    tiles.push(tile("Validation Dice", best.dice?.toFixed(3) ?? "-", ["mean, best epoch"]));
  }
  if (best) {
    tiles.push(
      keepsLast
        ? tile("Epoch of the model", count(epoch), [`the last; best: epoch ${best.epoch}`])
        : tile("Best epoch", count(best.epoch), [`of ${count(epoch)}`]),
    );
  }
  if (parts.length > 0) {
    const all = parts.reduce((sum, { images }) => sum + images, 0);
    const each = parts.map(({ name, images }) => `${count(images)} ${name}`).join(", ");
    tiles.push(tile("Images", count(all), [each]));
  }
  return tiles;
}
