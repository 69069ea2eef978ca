// deno-lint-ignore-file no-unused-vars -- the other scripts of the page use this one.
// The list of images: a card for each, with its outline as soon as it is computed.

const gallery = document.getElementById("gallery");

function plural(count, noun) {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Three significant digits. */
function short(value) {
  return Number(value.toPrecision(3)).toLocaleString("en-US");
}

/** What the card says of an image. */
function figuresOf({ lesions, area_px: area, highest_probability: highest }) {
  const likely = `highest probability ${highest.toFixed(2)}`;
  if (lesions.length === 0) return `no lesion; ${likely}`;
  const inMm = lesions[0].area_mm2 === undefined
    ? ""
    : ` (${short(lesions.reduce((sum, { area_mm2 }) => sum + area_mm2, 0))} mm²)`;
  const count = plural(lesions.length, "lesion");
  return `${count}, ${area.toLocaleString("en-US")} px${inMm}; ${likely}`;
}

/** What the viewer says of an image: the measures of each lesion. */
function measuresOf({ lesions }) {
  if (lesions.length === 0) return "no lesion";
  return lesions.map((lesion, k) => {
    const { area_px: area, centre_px: [x, y], boundary_uncertainty_px: edge } = lesion;
    const axes = (unit) =>
      `${short(lesion[`long_axis_${unit}`])} x ${short(lesion[`short_axis_${unit}`])} ${unit}`;
    const { area_mm2 } = lesion;
    const inMm = area_mm2 === undefined ? "" : ` (${short(area_mm2)} mm², ${axes("mm")})`;
    const unsure = edge === null ? "" : `, edge uncertain by ${short(edge)} px`;
    const cut = lesion.touches_border ? ", cut by the border" : "";
    return `lesion ${k + 1}: ${area.toLocaleString("en-US")} px, axes ${axes("px")}${inMm}, ` +
      `centre ${short(x)}, ${short(y)}${unsure}${cut}`;
  }).join("; ");
}

/** A card for an image that waits. */
function newCard(image, enlarge) {
  const card = elementOf("li", "card");
  const button = elementOf("button", "picture");
  button.type = "button";
  button.disabled = true;
  button.addEventListener("click", () => enlarge(image));
  const caption = captionOf(image.path, "waiting");
  card.append(button, caption);
  return Object.assign(image, { card, button, figures: caption.lastElementChild });
}

/** Shows what is known of an image. */
function drawCard({ button, card, figures, path, picture, result, isStale }) {
  card.classList.toggle("stale", isStale);
  if (picture === undefined) return;
  button.replaceChildren(outlinedPicture(picture));
  button.disabled = false;
  figures.textContent = figuresOf(result);
  button.setAttribute("aria-label", `${path}: ${figures.textContent}. Enlarge.`);
}

/** The figures of all images that are computed. */
function drawTiles(images, failed) {
  const done = images.filter(({ picture }) => picture);
  const lesions = done.map(({ result }) => result.lesions.length);
  const tiles = {
    images: done.length,
    "lesion found in": lesions.filter((count) => count > 0).length,
    "none found in": lesions.filter((count) => count === 0).length,
    lesions: lesions.reduce((sum, count) => sum + count, 0),
    ...(failed.length > 0 && { "not predicted": failed.length }),
  };
  document.getElementById("tiles").replaceChildren(
    ...Object.entries(tiles).map(([name, value]) => {
      const tile = elementOf("div");
      tile.append(elementOf("dt", "", name), elementOf("dd", "", value.toLocaleString("en-US")));
      return tile;
    }),
  );
}

/** The files that could not be predicted, each with its sentence. */
function drawFailures(failed) {
  const box = document.getElementById("failed");
  box.hidden = failed.length === 0;
  box.querySelector("tbody").replaceChildren(...failed.map(({ input, error }) => {
    const row = elementOf("tr");
    const name = elementOf("th", "", input);
    name.scope = "row";
    row.append(name, elementOf("td", "", error));
    return row;
  }));
}
