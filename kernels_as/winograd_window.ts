// A window of Winograd's tiles: its position in the image, and the transforms of all its tiles.
//
// Transformed tiles are stored as [element][block][tile][8]: elements `stride` bytes apart,
// blocks `blockBytes`. A window's tiles are numbered row by row. A convolution multiplies panels of
// four tiles, so its windows have a multiple of four slots; the last slots may hold garbage.
// Elements are an odd number of cache lines apart: 36 streams at a multiple of 2 or 4 KiB would
// compete for a few sets of the first-level cache.
//
// The windows of a batch are transformed into one array, in which their tiles follow each other as
// if they were those of one window.
//
// The module's variables describe the window of the current task. takeWindow() and
// takeBatchWindow() set them when a task starts. Each thread has an instance of the module, so
// threads do not share the variables.

import { packWindow, PIXEL, Source, SOURCE_BYTES } from "./blocks";
import { finish, pitchOf, placeOf, storeWindow, takeMoments } from "./epilogue";
import { PANEL } from "./tile";
import { transformInput6 } from "./winograd6_inputs";
import { transformOutput6 } from "./winograd6_outputs";
import { transformGradient, transformInput, transformOutput } from "./winograd_tiles";

/** Bytes of a cache line. */
const CACHE_LINE: usize = 64;

/** A tile's side in pixels, 4 or 6. */
let side: i32 = 4;

/** The window of the current task: image, first pixel, pixels, tiles. */
export let n: i32 = 0;
export let y0: i32 = 0;
export let x0: i32 = 0;
export let rows: i32 = 0;
export let columns: i32 = 0;
/** Tiles of this window. The last window of a row or column may have fewer than the others. */
export let across: i32 = 0;
export let down: i32 = 0;
export let slots: i32 = 0;

/** Slots for `tiles` tiles: a multiple of `unit`. */
// @inline
function slotsOf(tiles: i32, unit: i32): i32 {
  return (tiles + unit - 1) / unit * unit;
}

/**
 * Sets the variables to window `window` of maps that are cut into windows of `tilesY` x `tilesX`
 * tiles of side `ofTile`, image by image.
 */
export function takeWindow(
  window: i32,
  height: i32,
  width: i32,
  tilesY: i32,
  tilesX: i32,
  ofTile: i32,
): void {
  side = ofTile;
  const mostRows = side * tilesY, mostColumns = side * tilesX;
  const windowsX = (width + mostColumns - 1) / mostColumns;
  const windowsY = (height + mostRows - 1) / mostRows;
  n = window / (windowsX * windowsY);
  y0 = ((window / windowsX) % windowsY) * mostRows;
  x0 = (window % windowsX) * mostColumns;
  rows = min(mostRows, height - y0);
  columns = min(mostColumns, width - x0);
  across = (columns + side - 1) / side;
  down = (rows + side - 1) / side;
  slots = slotsOf(across * down, PANEL);
}

/**
 * Slots of all windows before this one, in all images; each has a multiple of `unit`. Tiles have
 * the side of the current window's.
 */
function slotsBefore(
  window: i32,
  height: i32,
  width: i32,
  tilesY: i32,
  tilesX: i32,
  unit: i32,
): i32 {
  const acrossAll = (width + side - 1) / side;
  const downAll = (height + side - 1) / side;
  const windowsX = (acrossAll + tilesX - 1) / tilesX;
  const windowsY = (downAll + tilesY - 1) / tilesY;
  const lastAcross = acrossAll - (windowsX - 1) * tilesX;
  const lastDown = downAll - (windowsY - 1) * tilesY;
  const wholeRow = (windowsX - 1) * slotsOf(tilesY * tilesX, unit) +
    slotsOf(tilesY * lastAcross, unit);
  const lastRow = (windowsX - 1) * slotsOf(lastDown * tilesX, unit) +
    slotsOf(lastDown * lastAcross, unit);
  const image = window / (windowsX * windowsY);
  const y = (window / windowsX) % windowsY;
  const x = window % windowsX;
  return image * ((windowsY - 1) * wholeRow + lastRow) + y * wholeRow +
    x * slotsOf((y == windowsY - 1 ? lastDown : tilesY) * tilesX, unit);
}

/**
 * Sets the variables to a window of a batch that begins with window `firstWindow`; returns the
 * offset of its slots within a block, in bytes.
 */
export function takeBatchWindow(
  window: i32,
  firstWindow: i32,
  height: i32,
  width: i32,
  tilesY: i32,
  tilesX: i32,
  ofTile: i32,
  unit: i32,
): usize {
  takeWindow(window, height, width, tilesY, tilesX, ofTile);
  const before = slotsBefore(window, height, width, tilesY, tilesX, unit) -
    slotsBefore(firstWindow, height, width, tilesY, tilesX, unit);
  return <usize> before * PIXEL;
}

/** The distance between elements for `bytes` bytes of data: an odd number of cache lines. */
// @inline
export function elementStride(bytes: usize): usize {
  return ((bytes + CACHE_LINE - 1) / CACHE_LINE | 1) * CACHE_LINE;
}

/**
 * B' d B of the window's tiles, for input blocks `first` to `last` of all sources. It packs each
 * block with its halo, batch norm and ReLU to `packed`, then transforms tile by tile.
 */
export function transformInputs(
  to: usize,
  stride: usize,
  blockBytes: usize,
  packed: usize,
  sources: usize,
  sourceCount: i32,
  first: i32,
  last: i32,
): void {
  const wide = across, tall = down;
  const packedRow = <usize> (side * wide + 2) * PIXEL;
  let before = 0;
  for (let s = 0; s < sourceCount; s++) {
    const source = changetype<Source>(sources + <usize> s * SOURCE_BYTES);
    const end = min(source.blocks, last - before);
    for (let block = max(0, first - before); block < end; block++) {
      packWindow(packed, source, block, n, y0, side * tall, x0, side * wide);
      let tile = to;
      for (let ty = 0; ty < tall; ty++) {
        let from = packed + <usize> (side * ty) * packedRow;
        for (let tx = 0; tx < wide; tx++) {
          if (side == 4) transformInput(tile, stride, from, packedRow);
          else transformInput6(tile, stride, from, packedRow);
          from += <usize> side * PIXEL;
          tile += PIXEL;
        }
      }
      to += blockBytes;
    }
    before += source.blocks;
  }
}

/**
 * A dy A' of the window's tiles, for blocks `first` to `last` of an output's gradient. It reads the
 * gradient in place; only tiles that extend beyond the map are packed to `packed` first.
 */
export function transformGradients(
  to: usize,
  stride: usize,
  blockBytes: usize,
  packed: usize,
  gradient: Source,
  first: i32,
  last: i32,
): void {
  const wide = across, tall = down;
  const isInside = y0 + 4 * tall <= gradient.height && x0 + 4 * wide <= gradient.width;
  const row = <usize> (isInside ? gradient.width : 4 * wide + 2) * PIXEL;
  for (let block = first; block < last; block++) {
    let corner = packed + row + PIXEL;
    if (isInside) {
      const y = (n * gradient.blocks + block) * gradient.height + y0;
      corner = gradient.data + (<usize> y * <usize> gradient.width + x0) * PIXEL;
    } else {
      packWindow(packed, gradient, block, n, y0, 4 * tall, x0, 4 * wide);
    }
    let tile = to;
    for (let ty = 0; ty < tall; ty++) {
      let from = corner + <usize> (4 * ty) * row;
      for (let tx = 0; tx < wide; tx++) {
        transformGradient(tile, stride, from, row);
        from += 4 * PIXEL;
        tile += PIXEL;
      }
    }
    to += blockBytes;
  }
}

/**
 * A' m A of the window's tiles, for output blocks `first` to `last` of `outBlocks`; then bias and
 * ReLU, moments, and the store to the target as in the direct kernel. `window` is the index of the
 * window's moments.
 */
export function transformOutputs(
  from: usize,
  stride: usize,
  blockBytes: usize,
  packed: usize,
  targets: usize,
  bias: usize,
  low: f32,
  moments: usize,
  window: i32,
  outBlocks: i32,
  first: i32,
  last: i32,
): void {
  const wide = across, tall = down;
  const row = <usize> outBlocks * PIXEL;
  for (let block = first; block < last; block++) {
    const place = placeOf(targets, block, n, y0, side * tall, x0, side * wide);
    const result = place ? place : packed;
    const pitch = place ? pitchOf(targets, block) : side * wide;
    let tile = from;
    for (let ty = 0; ty < tall; ty++) {
      let out = result + <usize> (side * ty * pitch) * PIXEL;
      for (let tx = 0; tx < wide; tx++) {
        if (side == 4) transformOutput(out, <usize> pitch * PIXEL, tile, stride);
        else transformOutput6(out, <usize> pitch * PIXEL, tile, stride);
        out += <usize> side * PIXEL;
        tile += PIXEL;
      }
    }
    const at = <usize> block * PIXEL;
    if (bias || low == 0) finish(result, rows, columns, pitch, bias ? bias + at : 0, low);
    if (moments) {
      takeMoments(result, rows, columns, pitch, moments + <usize> window * 3 * row + at, row);
    }
    if (!place) storeWindow(packed, targets, block, n, y0, rows, x0, columns, pitch);
    from += blockBytes;
  }
}
