// deno-lint-ignore-file no-unused-vars -- the lists of pages call these functions.
// What lists of images have in common: cards with a picture, its outline and a caption.

const SVG = "http://www.w3.org/2000/svg";

function elementOf(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/** The name of an image below its picture, and behind it what is said of the image. */
function captionOf(path, figures) {
  const caption = elementOf("div", "caption");
  const name = elementOf("span", "name", path.slice(path.lastIndexOf("/") + 1));
  name.title = path;
  caption.append(name, elementOf("span", "figures", figures));
  return caption;
}

/** A picture with the outline of its lesions. */
function outlinedPicture({ width, height, jpeg, outline }) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-hidden", "true");
  const pixels = document.createElementNS(SVG, "image");
  pixels.setAttribute("href", `data:image/jpeg;base64,${jpeg}`);
  pixels.setAttribute("width", width);
  pixels.setAttribute("height", height);
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("class", "predicted");
  line.setAttribute("d", outline);
  svg.append(pixels, line);
  return svg;
}
