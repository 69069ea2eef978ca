// The page's program: takes files, has them predicted, lists them, and saves the results.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const options = byId("options");

  /** What the page holds. An image is stale while its settings are not those of the page. */
  const page = {
    given: [],
    files: new Map(),
    images: [],
    failures: [],
    settings: undefined,
    pool: undefined,
    computing: 0,
    isStopped: false,
    isPacking: false,
    /** Until the model is open, and until the files that came last are listed. */
    ready: undefined,
    last: undefined,
  };

  /** Shows sentences about something that went wrong; without any, takes them back. */
  function complain(...sentences) {
    const words = sentences.map((words) => /[.!?]$/.test(words) ? words : `${words}.`).join(" ");
    byId("trouble").textContent = words;
    byId("trouble").hidden = words === "";
  }

  /** What this browser lacks, in words; nothing if it has all. */
  function lacks() {
    const needed = {
      "WebAssembly": typeof WebAssembly === "object",
      "workers": typeof Worker === "function",
      "unpacking (DecompressionStream)": typeof DecompressionStream === "function",
      "Uint8Array.fromBase64": typeof Uint8Array.fromBase64 === "function",
      "checksums (crypto.subtle), which need a page from a file or from https":
        globalThis.crypto?.subtle !== undefined,
    };
    return Object.keys(needed).filter((name) => !needed[name]);
  }

  /** The bytes of an element, which is emptied: they may be large. */
  function bytesOf(id) {
    const element = byId(id);
    const bytes = Uint8Array.fromBase64(element.textContent);
    element.remove();
    return bytes;
  }

  let parts;

  async function unpackParts() {
    const packed = new Blob([bytesOf("program")]).stream();
    const code = await new Response(packed.pipeThrough(new DecompressionStream("deflate"))).blob();
    return {
      model: new Blob([bytesOf("model")]),
      url: URL.createObjectURL(new Blob([code], { type: "text/javascript" })),
    };
  }

  /** Opens the model on a device, then goes on with the images. */
  async function start(device) {
    page.pool?.close();
    // Logits of another device are other logits.
    Object.assign(page, { pool: undefined, settings: undefined });
    for (const image of page.images) Object.assign(image, { logits: undefined, isStale: true });
    delete document.body.dataset.engine;
    complain();
    options.device.disabled = true;
    byId("machine").textContent = "Reading the model and testing this browser...";
    const { model, url } = parts ??= await unpackParts();
    const pool = new Pool(url, { model, path: data.path, device });
    let opened;
    try {
      opened = await pool.open();
    } catch (error) {
      pool.close();
      byId("machine").textContent = "This browser cannot compute so with the model.";
      return complain(
        error.message,
        device === "auto" ? `${data.browsers} or newer can` : "Choose another device below",
      );
    } finally {
      options.device.disabled = false;
    }
    page.pool = pool;
    const { engine, adapter, why, checked } = opened;
    const many = pool.size === 1 ? "one image" : `${pool.size} images`;
    const where = engine === "gpu" ? "the graphics processor" : "the processor";
    byId("machine").textContent = `Ready: ${many} at a time, on ${where}. ${
      checked === undefined
        ? "The model carries no test vector, so its answers could not be checked here."
        : "Self-test passed."
    }`;
    byId("details").textContent = `Computes with ${adapter} (${why}).${
      checked === undefined ? "" : ` The self-test compared ${checked}.`
    }`;
    document.body.dataset.engine = engine;
    await applyOptions();
  }

  /** Takes the options over; all images are measured again. */
  async function applyOptions() {
    if (!page.pool) return;
    const number = (name) =>
      options[name].value.trim() === "" ? undefined : options[name].valueAsNumber;
    const wishes = {
      threshold: number("threshold"),
      minArea: number("minArea"),
      mmPerPx: number("mmPerPx"),
      keepLargest: options.keepLargest.checked,
    };
    try {
      const settings = await page.pool.ask("settings", wishes, true);
      if (JSON.stringify(settings) === JSON.stringify(page.settings)) return pump();
      page.settings = settings;
      complain();
    } catch (error) {
      if (error.kind !== "Stopped") complain(error.message);
      return;
    }
    options.threshold.value = page.settings.threshold;
    options.minArea.value = page.settings.min_area_px;
    for (const image of page.images) {
      image.isStale = true;
      image.card.classList.add("stale");
    }
    go();
  }

  function go() {
    page.isStopped = false;
    pump();
  }

  /** Begins the next images, as many as there are workers. */
  function pump() {
    while (page.pool && !page.isStopped && page.computing < page.pool.size) {
      const image = page.images.find(({ isStale, isBusy }) => isStale && !isBusy);
      if (!image) break;
      compute(image);
    }
    tell();
  }

  async function compute(image) {
    const { settings, pool } = page;
    image.isBusy = true;
    page.computing++;
    try {
      const { result, picture, logits } = await pool.ask("image", jobOf(image, settings));
      Object.assign(image, { result, picture, logits, isStale: settings !== page.settings });
      if (!picture) image.card.remove();
    } catch (error) {
      if (error.kind !== "Stopped") {
        page.isStopped = true;
        complain(`${image.path}: ${error.message}`, "Close other programs, or try another device");
      }
    } finally {
      image.isBusy = false;
      page.computing--;
      drawCard(image);
      pump();
    }
  }

  function failures() {
    const refused = page.images.filter(({ result }) => result && "error" in result);
    return [...page.failures, ...refused.map(({ result }) => result)];
  }

  /** The time between two looks at thousands of images, ms. */
  const LOOK_MS = 100;
  let isTelling = false;

  /** Says soon how far the page is. */
  function tell() {
    if (isTelling) return;
    isTelling = true;
    setTimeout(() => {
      isTelling = false;
      tellNow();
    }, LOOK_MS);
  }

  function tellNow() {
    const { images, isStopped, isPacking, computing } = page;
    const total = images.length;
    const done = images.filter(({ isStale }) => !isStale).length;
    const isWorking = done < total && (!isStopped || computing > 0);
    byId("progress").hidden = !isWorking && !isPacking;
    byId("stop").hidden = !isPacking && done === total;
    byId("stop").textContent = isStopped ? "Go on" : "Stop";
    for (const id of ["tiles", "list-tools"]) byId(id).hidden = total + failures().length === 0;
    byId("take").disabled = isWorking || isPacking || !images.some(({ picture }) => picture);
    document.body.dataset.done = String(done === total && total > 0 && computing === 0);
    document.body.toggleAttribute("data-images", total > 0);
    drawTiles(images, failures());
    drawFailures(failures());
    filter();
    if (isPacking) return;
    byId("progress").max = Math.max(1, total);
    byId("progress").value = done;
    byId("progress-words").textContent = total === 0
      ? "No image yet."
      : done === total
      ? `${plural(total, "image")} done. Click a picture to enlarge it.`
      : `${done.toLocaleString("en-US")} of ${plural(total, "image")} done${
        isStopped ? "; stopped." : "..."
      }`;
  }

  /** Lists the images that are wanted. */
  function filter() {
    const wanted = byId("filter").value;
    for (const { card, result, picture } of page.images) {
      const isFound = picture && result.lesions.length > 0;
      card.hidden = wanted !== "all" && (!picture || isFound !== (wanted === "found"));
    }
  }

  /** Takes files that were dropped or chosen, after those before, once the model is ready. */
  async function take(chosen) {
    await (page.last = Promise.all([page.last, page.ready]).then(() => takeNow(chosen)));
  }

  async function takeNow(chosen) {
    if (!page.pool || chosen.length === 0) return;
    const fresh = chosen.filter(({ path }) => !page.files.has(path));
    const files = [...page.files].map(([path, file]) => ({ path, file })).concat(fresh);
    const roots = fresh.map(({ path }) => path.split("/")[0]);
    const given = [...new Set([...page.given, ...roots])];
    let found;
    try {
      found = await page.pool.ask("inputs", { given, files }, true);
    } catch (error) {
      return complain(error.message);
    }
    const repeated = chosen.length - fresh.length;
    const notes = repeated === 0 ? [] : [`already in the list: ${plural(repeated, "file")}`];
    note([...notes, ...found.notes]);
    page.given = given;
    page.files = new Map(files.map(({ path, file }) => [path, file]));
    page.failures = found.failures;
    const known = new Map(page.images.map((image) => [image.path, image]));
    page.images = found.images.map(({ path, stem, masks }) => {
      const image = known.get(path) ??
        newCard({ path, stem, file: page.files.get(path), isStale: true }, enlarge);
      return Object.assign(image, { masks });
    });
    gallery.replaceChildren(
      ...page.images.filter(({ result, picture }) => !result || picture).map(({ card }) => card),
    );
    go();
  }

  function note(notes) {
    byId("notes").hidden = notes.length === 0;
    byId("notes").replaceChildren(...notes.map((note) => elementOf("li", "", note)));
  }

  let address;

  /** Opens the viewer at an image. */
  function enlarge(image) {
    if (!page.settings) return;
    const listed = page.images.filter(({ picture, card }) => picture && !card.hidden);
    const { threshold, keep_largest: onlyLargest } = page.settings;
    openViewer(
      listed.length,
      async (k) => {
        const { result, path } = listed[k];
        try {
          const masks = listed[k].masks.map((path) => ({ path, file: page.files.get(path) }));
          const job = { ...jobOf(listed[k], page.settings), masks };
          const { width, height, png, outline: predicted, map, truth, trouble } = await page.pool
            .ask("enlarge", job, true);
          URL.revokeObjectURL(address);
          address = URL.createObjectURL(png);
          const measures = { area: result.area_px, pixels: 1, least: page.settings.min_area_px };
          const figures = [measuresOf(result), trouble].filter(Boolean).join("; ");
          const shown = { name: path, figures, src: address, map, predicted, truth };
          const rules = { threshold, onlyLargest };
          return { ...shown, width, height, ...measures, ...rules };
        } catch (error) {
          viewer.close();
          complain(error.message);
          return await new Promise(() => {});
        }
      },
      listed.indexOf(image),
      (k) => listed[k].button,
    );
  }

  async function takeAlong() {
    page.isPacking = true;
    page.isStopped = false;
    tellNow();
    byId("progress").value = 0;
    try {
      const zip = await zipOf({
        ...page,
        isStopped: () => page.isStopped,
        tell(done, total) {
          Object.assign(byId("progress"), { value: done, max: total });
          byId("progress-words").textContent = `Packing ${done} of ${plural(total, "image")}...`;
        },
      });
      if (zip) save(zip, `${data.name.replaceAll(/[^\w.-]+/g, "-")}-predictions.zip`);
    } catch (error) {
      complain(error.message);
    } finally {
      page.isPacking = false;
      tell();
    }
  }

  function clear() {
    Object.assign(page, { given: [], files: new Map(), images: [], failures: [] });
    gallery.replaceChildren();
    note([]);
    tell();
    byId("choose-files").focus();
  }

  for (const [button, input] of [["choose-files", "files"], ["choose-folder", "folder"]]) {
    byId(button).addEventListener("click", () => byId(input).click());
    byId(input).addEventListener("change", () => {
      take(chosenFiles(byId(input)));
      byId(input).value = "";
    });
  }
  // Anywhere on the page; without this, the browser would leave it for the file.
  addEventListener("dragover", (event) => {
    event.preventDefault();
    byId("drop").classList.add("over");
  });
  addEventListener("dragleave", ({ relatedTarget }) => {
    if (relatedTarget === null) byId("drop").classList.remove("over");
  });
  addEventListener("drop", async (event) => {
    event.preventDefault();
    byId("drop").classList.remove("over");
    try {
      await take(await droppedFiles(event.dataTransfer));
    } catch (error) {
      complain(
        `The browser does not open what was dropped (${error.message})`,
        "Choose it by a button",
      );
    }
  });
  options.addEventListener("submit", (event) => event.preventDefault());
  options.addEventListener("change", ({ target }) => {
    if (target.name === "device") page.ready = start(target.value);
    else if (target.reportValidity()) applyOptions();
  });
  byId("validated")?.addEventListener("click", ({ target }) => {
    options.threshold.value = target.dataset.threshold;
    applyOptions();
  });
  byId("stop").addEventListener("click", () => {
    if (page.isStopped) go();
    else page.isStopped = true;
    tellNow();
  });
  byId("take").addEventListener("click", takeAlong);
  byId("filter").addEventListener("change", filter);
  byId("clear").addEventListener("click", clear);

  const missing = lacks();
  if (missing.length === 0) page.ready = start("auto");
  else {
    byId("machine").textContent = "This browser is too old for the page.";
    complain(`It lacks ${missing.join("; ")}`, `${data.browsers} or newer can run the page`);
  }
})();
