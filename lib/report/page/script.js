// Enlarges pictures. Esc closes, the arrow keys lead to the neighbours, O hides and shows the
// outlines.
const viewer = document.getElementById("viewer");
const stage = viewer.querySelector(".stage");
let group = [];
let index = 0;

function show(next) {
  index = (next + group.length) % group.length;
  const picture = group[index];
  stage.replaceChildren(picture.querySelector("svg").cloneNode(true));
  document.getElementById("viewer-name").textContent = picture.dataset.name;
  document.getElementById("viewer-figures").textContent = picture.dataset.figures;
}

document.addEventListener("click", ({ target }) => {
  const picture = target.closest(".picture");
  if (!picture) return;
  group = [...picture.closest("[data-group]").querySelectorAll(".picture")];
  show(group.indexOf(picture));
  viewer.showModal();
});

viewer.addEventListener("click", ({ target }) => {
  const step = target.dataset.step;
  if (step) show(index + Number(step));
  else if ("outlines" in target.dataset) stage.classList.toggle("bare");
  else if ("close" in target.dataset || target === viewer || target === stage) viewer.close();
});

viewer.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") show(index - 1);
  else if (event.key === "ArrowRight") show(index + 1);
  else if (event.key === "o" || event.key === "O") stage.classList.toggle("bare");
  else return;
  event.preventDefault();
});

// Back to the picture that was looked at last.
viewer.addEventListener("close", () => group[index].focus());
