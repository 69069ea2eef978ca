// Mouse, fingers and keys in the viewer.

const actions = {
  previous: () => show(state.index - 1),
  next: () => show(state.index + 1),
  reset: () => state.shown && setThreshold(state.shown.picture.threshold),
  closer: () => state.shown && zoom(1.5),
  farther: () => state.shown && zoom(1 / 1.5),
  fit: () => state.shown && fit(),
  close: () => viewer.close(),
};

const keys = {
  ArrowLeft: actions.previous,
  ArrowRight: actions.next,
  ArrowUp: () => step(0.01),
  ArrowDown: () => step(-0.01),
  "+": actions.closer,
  "=": actions.closer,
  "-": actions.farther,
  0: actions.fit,
  o: () => toggle("outlines"),
  c: () => toggle("colours"),
  p: () => toggle("probability"),
};

/** With Shift, the arrows move the picture by a tenth of the canvas. */
const moves = {
  ArrowLeft: [0.1, 0],
  ArrowRight: [-0.1, 0],
  ArrowUp: [0, 0.1],
  ArrowDown: [0, -0.1],
};

viewer.addEventListener("click", ({ target }) => {
  const { action, toggle: what } = target.closest("button")?.dataset ?? {};
  if (action) actions[action]();
  else if (what) toggle(what);
  else if (target === viewer) viewer.close();
});

viewer.addEventListener("keydown", (event) => {
  const { key, target, shiftKey, ctrlKey, altKey, metaKey } = event;
  // The slider has its own use for arrows, the browser for keys with Ctrl.
  if (ctrlKey || altKey || metaKey || target === slider && key.startsWith("Arrow")) return;
  if (shiftKey && moves[key]) {
    const [across, down] = moves[key];
    if (state.shown) move(across * canvas.width, down * canvas.height);
  } else if (keys[key.length === 1 ? key.toLowerCase() : key]) {
    keys[key.length === 1 ? key.toLowerCase() : key]();
  } else return;
  event.preventDefault();
});

slider.addEventListener("input", () => {
  if (state.shown) setThreshold(Number(slider.value));
});

/** A place on the canvas, in device pixels from its middle. */
function place({ clientX, clientY }) {
  const box = canvas.getBoundingClientRect();
  return [
    (clientX - box.left - box.width / 2) * devicePixelRatio,
    (clientY - box.top - box.height / 2) * devicePixelRatio,
  ];
}

canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  if (state.shown) zoom(Math.exp(-0.002 * event.deltaY), ...place(event));
}, { passive: false });

canvas.addEventListener("dblclick", (event) => {
  if (state.shown) zoom(state.zoom > 1 ? 1 / state.zoom : 3, ...place(event));
});

/** Fingers, or the mouse, that are down: where each was last. */
const pointers = new Map();

canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, place(event));
});

canvas.addEventListener("pointermove", (event) => {
  if (!pointers.has(event.pointerId) || !state.shown) return;
  const before = [...pointers.values()];
  pointers.set(event.pointerId, place(event));
  const now = [...pointers.values()];
  const middle = (places) =>
    [0, 1].map((k) => places.reduce((sum, one) => sum + one[k], 0) / places.length);
  const [[fromX, fromY], [toX, toY]] = [middle(before), middle(now)];
  move(toX - fromX, toY - fromY);
  if (now.length !== 2) return;
  const apart = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  zoom(apart(now) / Math.max(1, apart(before)), toX, toY);
});

for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, ({ pointerId }) => pointers.delete(pointerId));
}

new ResizeObserver(draw).observe(canvas);

// Returns the focus to the last picture that was shown.
viewer.addEventListener("close", () => {
  pointers.clear();
  state.openerAt(state.index)?.focus();
});
