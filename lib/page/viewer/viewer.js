// deno-lint-ignore-file no-unused-vars -- input.js and the pages call these functions.
// The viewer enlarges a picture: zoom, outlines at any threshold, hits and misses. It takes a list
// of pictures, which `openViewer` gets as a count and a function, so that a page of thousands makes
// none before it is looked at. The function may promise its picture. A picture is
//
//   name, figures       texts
//   width, height, src  its size in px and its file
//   predicted, truth    paths along pixel edges; no truth where it is not known
//   map                 packed probabilities of the same size, if they are in the page
//   area, pixels        px of the mask; px of the image for each px of the picture
//   threshold, least, onlyLargest   how the mask was made; `least` in px of the image

const viewer = document.getElementById("viewer");
const canvas = viewer.querySelector("canvas");
const slider = document.getElementById("viewer-threshold");
const state = {
  count: 0,
  pictureAt: undefined,
  index: 0,
  openerAt: undefined,
  shown: undefined,
  threshold: 0.5,
  zoom: 1,
  centre: { x: 0, y: 0 },
  is: { outlines: true, colours: false, probability: false },
};
const FARTHEST = 40;

function openViewer(count, pictureAt, index, openerAt) {
  Object.assign(state, { count, pictureAt, openerAt, shown: undefined });
  viewer.showModal();
  show(index);
}

/** Shows a picture; it is ready when `data-ready` has its index. */
async function show(index) {
  state.index = (index + state.count) % state.count;
  viewer.removeAttribute("data-ready");
  const loading = state.loading = {};
  const picture = await state.pictureAt(state.index);
  // The next picture may have been asked for meanwhile.
  if (state.loading !== loading) return;
  document.getElementById("viewer-name").textContent = picture.name;
  document.getElementById("viewer-figures").textContent = picture.figures;
  document.getElementById("viewer-place").textContent = `${state.index + 1} of ${state.count}`;
  const { width, height } = picture;
  const image = new Image();
  image.src = picture.src;
  await image.decode();
  const map = picture.map ? await unpackMap(picture.map, width) : undefined;
  if (state.loading !== loading) return;
  const truth = picture.truth === undefined
    ? undefined
    : { mask: maskOfPath(picture.truth, width, height), path: new Path2D(picture.truth) };
  state.shown = { picture, image, map, truth, heat: map && heatOf(map, width, height) };
  for (const part of viewer.querySelectorAll("[data-needs]")) {
    part.hidden = !(part.dataset.needs === "map" ? map : truth);
  }
  fit();
  setThreshold(picture.threshold);
  viewer.dataset.ready = String(state.index);
}

/** The mask at a threshold: of the map, or the one that was written. */
function setThreshold(threshold) {
  const { picture, map, truth } = state.shown;
  const { width, height, pixels } = picture;
  state.threshold = threshold;
  // Bytes of a map are hundredths, rounded up.
  const highestBelow = Math.floor(100 * threshold + 1e-9);
  const above = map
    ? map.map((value) => value > highestBelow ? 1 : 0)
    : maskOfPath(picture.predicted, width, height);
  const rules = map
    ? { least: picture.least / pixels, onlyLargest: picture.onlyLargest }
    : { least: 1, onlyLargest: false };
  const { mask, count } = lesionsOf(above, width, height, rules);
  const isChosen = threshold === picture.threshold;
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const shown = Object.assign(state.shown, { mask, outline: outlineOfMask(mask, width, height) });
  const area = isChosen && picture.area !== undefined
    ? `${picture.area.toLocaleString("en-US")} px`
    : pixelWords(sum(mask), pixels);
  const words = [`${count} ${count === 1 ? "lesion" : "lesions"}, ${area}`];
  if (truth) {
    const kinds = {
      hit: mask.map((value, i) => value & truth.mask[i]),
      missed: mask.map((value, i) => truth.mask[i] & ~value),
      false: mask.map((value, i) => value & ~truth.mask[i]),
    };
    shown.kinds = Object.entries(kinds).map((
      [kind, of],
    ) => [kind, outlineOfMask(of, width, height)]);
    const [hit, missed, wrong] = Object.values(kinds).map(sum);
    const both = 2 * hit + missed + wrong;
    if (both > 0) words.push(`Dice ${pixels === 1 ? "" : "about "}${(2 * hit / both).toFixed(2)}`);
    words.push(
      `hit ${pixelWords(hit, pixels)}, missed ${pixelWords(missed, pixels)}, ` +
        `false ${pixelWords(wrong, pixels)}`,
    );
  }
  const value = `${threshold.toFixed(2)}${isChosen ? ", as predicted" : ""}`;
  slider.value = threshold;
  slider.setAttribute("aria-valuetext", value);
  document.getElementById("viewer-value").textContent = value;
  document.getElementById("viewer-at").textContent = `${words.join("; ")}.`;
  canvas.setAttribute("aria-label", `${picture.name}: ${words.join("; ")}`);
  draw();
}

/** Pixels of a picture in px of its image: about so many where the picture is a smaller copy. */
function pixelWords(count, pixels) {
  const about = pixels === 1 || count === 0 ? "" : "about ";
  return `${about}${Math.round(count * pixels).toLocaleString("en-US")} px`;
}

/** The probabilities as a picture: orange, the more opaque the more probable. */
function heatOf(map, width, height) {
  const heat = new OffscreenCanvas(width, height);
  const context = heat.getContext("2d");
  const data = context.createImageData(width, height);
  map.forEach((value, i) => data.data.set([255, 140, 0, 2 * value], 4 * i));
  context.putImageData(data, 0, 0);
  return heat;
}

/** Device pixels for each px of the picture. */
function scale() {
  const { width, height } = state.shown.picture;
  return state.zoom * Math.min(canvas.width / width, canvas.height / height);
}

function draw() {
  if (!state.shown?.mask) return;
  const { image, heat, picture, outline, truth, kinds } = state.shown;
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * devicePixelRatio));
  const context = canvas.getContext("2d");
  const by = scale();
  const { x, y } = state.centre;
  context.setTransform(by, 0, 0, by, canvas.width / 2 - x * by, canvas.height / 2 - y * by);
  context.drawImage(image, 0, 0, picture.width, picture.height);
  if (heat && state.is.probability) {
    context.drawImage(heat, 0, 0, picture.width, picture.height);
  }
  if (kinds && state.is.colours) {
    for (const [kind, area] of kinds) {
      context.fillStyle = patternOf(context, kind, by);
      context.fill(area, "evenodd");
    }
  }
  if (!state.is.outlines) return;
  const px = devicePixelRatio / by;
  const stroke = (path, colour, dashes) => {
    context.lineJoin = "round";
    context.setLineDash([]);
    Object.assign(context, { strokeStyle: "rgb(0 0 0 / 70%)", lineWidth: 4.5 * px });
    context.stroke(path);
    context.setLineDash(dashes.map((length) => length * px));
    Object.assign(context, { strokeStyle: colour, lineWidth: 2.25 * px });
    context.stroke(path);
  };
  if (truth) stroke(truth.path, colourOf("truth"), [7, 4]);
  stroke(outline, colourOf("predicted"), []);
}

function colourOf(name) {
  return getComputedStyle(viewer).getPropertyValue(`--${name}`);
}

/**
 * Hits are plain; misses and false marks are hatched, each its own way, for those who see no hues.
 */
function patternOf(context, kind, by) {
  const side = 8 * devicePixelRatio;
  const tile = new OffscreenCanvas(side, side);
  const on = tile.getContext("2d");
  on.globalAlpha = kind === "hit" ? 0.45 : 0.3;
  on.fillStyle = on.strokeStyle = colourOf(kind);
  on.fillRect(0, 0, side, side);
  on.globalAlpha = 1;
  on.lineWidth = 1.5 * devicePixelRatio;
  if (kind !== "hit") {
    for (const shift of [-side, 0, side]) {
      on.moveTo(shift, kind === "missed" ? side : 0);
      on.lineTo(shift + side, kind === "missed" ? 0 : side);
    }
    on.stroke();
  }
  const pattern = context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix([1 / by, 0, 0, 1 / by, 0, 0]));
  return pattern;
}

function fit() {
  const { width, height } = state.shown.picture;
  Object.assign(state, { zoom: 1, centre: { x: width / 2, y: height / 2 } });
  draw();
}

/** Moves the picture, in device pixels. */
function move(across, down) {
  const { width, height } = state.shown.picture;
  const by = scale();
  const inside = (value, most) => Math.min(most, Math.max(0, value));
  state.centre = {
    x: inside(state.centre.x - across / by, width),
    y: inside(state.centre.y - down / by, height),
  };
  draw();
}

/** Zooms; the place at `x`, `y` (device pixels from the middle of the canvas) stays where it is. */
function zoom(factor, x = 0, y = 0) {
  const before = scale();
  state.zoom = Math.min(FARTHEST, Math.max(1, state.zoom * factor));
  if (state.zoom === 1) return fit();
  const after = scale();
  state.centre.x += x / before - x / after;
  state.centre.y += y / before - y / after;
  move(0, 0);
}

function toggle(what) {
  if (what === "colours" && !state.shown?.truth) return;
  if (what === "probability" && !state.shown?.map) return;
  state.is[what] = !state.is[what];
  viewer.querySelector(`[data-toggle="${what}"]`).setAttribute("aria-pressed", state.is[what]);
  viewer.classList.toggle(`with-${what}`, state.is[what]);
  draw();
}

/** Moves the threshold to the next hundredth, up or down. */
function step(by) {
  if (!state.shown?.map) return;
  setThreshold(Math.min(0.99, Math.max(0.01, Math.round(100 * (state.threshold + by)) / 100)));
}
