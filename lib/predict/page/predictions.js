// The list of predictions: sorted, searched, and drawn only where it is looked at.

const { threshold, onlyLargest, rows } = JSON.parse(
  document.getElementById("data").textContent,
);

const images = rows.map((
  [name, size, area, lesions, highest, uncertainty, least, picture, mm2],
  order,
) => ({
  ...{ order, name, size, area, lesions, highest, uncertainty, least, picture },
  figures: figuresOf({ area, lesions, highest, uncertainty, mm2 }),
}));
const gallery = document.getElementById("gallery");
const search = document.getElementById("search");
const filter = document.getElementById("filter");
const sort = document.getElementById("sort");
const reverse = document.getElementById("reverse");

/** The images that are listed and have a picture, in the order of the list. */
let listed = [];

/** Figures in words; `mm2` is the area of a pixel, where it is known. */
function figuresOf({ area, lesions, highest, uncertainty, mm2 }) {
  const words = [];
  if (lesions === 0) words.push("no lesion");
  else {
    const inMm = mm2 === undefined ? "" : ` (${Number((area * mm2).toPrecision(3))} mm²)`;
    const count = lesions === 1 ? "1 lesion" : `${lesions} lesions`;
    words.push(`${count}, ${area.toLocaleString("en-US")} px${inMm}`);
  }
  if (highest !== null) words.push(`highest probability ${highest.toFixed(2)}`);
  if (uncertainty !== null) words.push(`uncertainty ${uncertainty.toFixed(3)}`);
  return words.join("; ");
}

/** A picture for the viewer. */
function shownPicture({ name, figures, size, area, least, picture }) {
  const [width, height, jpeg, predicted, map] = picture;
  const src = `data:image/jpeg;base64,${jpeg}`;
  const pixels = size / (width * height);
  const rules = { threshold, least, onlyLargest };
  return { name, figures, width, height, src, predicted, map, area, pixels, ...rules };
}

function cardOf(image) {
  const card = elementOf("li", "card");
  const caption = captionOf(image.name, image.figures);
  if (image.picture === undefined || image.picture === null) {
    card.classList.add("missing");
    card.append(elementOf("p", "", "no picture"), caption);
    return card;
  }
  const button = elementOf("button", "picture");
  button.type = "button";
  button.setAttribute("aria-label", `${image.name}: ${image.figures}. Enlarge.`);
  button.addEventListener("click", () => {
    openViewer(
      listed.length,
      (k) => shownPicture(listed[k]),
      listed.indexOf(image),
      (k) => listed[k].button,
    );
  });
  image.button = button;
  card.append(button, caption);
  return card;
}

function drawCard({ button, picture: [width, height, jpeg, outline] }) {
  button.replaceChildren(outlinedPicture({ width, height, jpeg, outline }));
}

/** Draws cards that come near the window, and empties those that leave it. */
const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const image = images[target.dataset.order];
    if (isIntersecting) drawCard(image);
    else image.button.replaceChildren();
  }
}, { rootMargin: "800px" });

const cards = images.map((image) => {
  const card = cardOf(image);
  card.dataset.order = image.order;
  if (image.button) watch.observe(card);
  return card;
});

/** The order of each kind of sorting; what there is no figure of comes last. */
const orders = {
  order: (a, b) => a.order - b.order,
  name: (a, b) => a.name.localeCompare(b.name, "en", { numeric: true }) || a.order - b.order,
  area: (a, b) => b.area - a.area || a.order - b.order,
  highest: (a, b) => (b.highest ?? -1) - (a.highest ?? -1) || a.order - b.order,
  uncertainty: (a, b) => (b.uncertainty ?? -1) - (a.uncertainty ?? -1) || a.order - b.order,
};

function list() {
  const wanted = search.value.trim().toLowerCase();
  const isListed = ({ name, lesions }) =>
    name.toLowerCase().includes(wanted) &&
    (filter.value === "all" || (filter.value === "found") === lesions > 0);
  const sorted = images.toSorted(orders[sort.value]);
  if (reverse.getAttribute("aria-pressed") === "true") sorted.reverse();
  const found = sorted.filter(isListed);
  gallery.replaceChildren(...found.map(({ order }) => cards[order]));
  listed = found.filter(({ button }) => button);
  const count = (value) => value.toLocaleString("en-US");
  document.getElementById("count").textContent = found.length === images.length
    ? `${count(images.length)} ${
      images.length === 1 ? "image" : "images"
    }. Click a picture to enlarge it.`
    : `${count(found.length)} of ${count(images.length)} images.`;
}

search.addEventListener("input", list);
filter.addEventListener("change", list);
sort.addEventListener("change", list);
reverse.addEventListener("click", () => {
  reverse.setAttribute("aria-pressed", reverse.getAttribute("aria-pressed") !== "true");
  list();
});
globalThis.addEventListener("beforeprint", () => {
  watch.disconnect();
  for (const image of listed) drawCard(image);
});
globalThis.addEventListener("afterprint", () => {
  for (const { button, order } of images) if (button) watch.observe(cards[order]);
});
list();
