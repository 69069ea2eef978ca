// Hands the report's pictures to the viewer, with the others of their group.

document.addEventListener("click", ({ target }) => {
  const button = target.closest(".picture");
  if (!button) return;
  const group = [...button.closest("[data-group]").querySelectorAll(".picture")];
  openViewer(group.length, (k) => pictureOf(group[k]), group.indexOf(button), (k) => group[k]);
});

/** What the viewer needs of a picture in the page. */
function pictureOf(button) {
  const { name, figures, map, threshold, pixels } = button.dataset;
  const svg = button.querySelector("svg");
  // The images of the rows through the epochs are shared.
  const shared = svg.querySelector("use")?.getAttribute("href");
  const image = (shared ? document.querySelector(shared) : svg).querySelector("image");
  return {
    name,
    figures,
    width: svg.viewBox.baseVal.width,
    height: svg.viewBox.baseVal.height,
    src: image.getAttribute("href"),
    truth: svg.querySelector(".truth").getAttribute("d"),
    predicted: svg.querySelector(".predicted").getAttribute("d"),
    map,
    threshold: Number(threshold ?? 0.5),
    pixels: Number(pixels ?? 1),
    least: 1,
    onlyLargest: false,
  };
}
