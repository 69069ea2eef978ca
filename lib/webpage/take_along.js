// deno-lint-ignore-file no-unused-vars -- the page's program uses this script.
// One zip file of what `predict` writes. The bytes of the pictures stay in Blobs, so that they need
// not fit into memory.

/**
 * The zip file of images that are computed. `tell` hears how many are packed; `isStopped` ends the
 * packing, which then gives nothing.
 */
async function zipOf({ pool, images, failures, settings, tell, isStopped }) {
  const done = images.filter(({ picture }) => picture);
  const results = images.filter(({ result }) => result).map(({ result }) => result);
  const made = [];
  let [begun, packed] = [0, 0];
  const packNext = async () => {
    while (begun < done.length && !isStopped()) {
      const k = begun++;
      const argument = { ...jobOf(done[k], settings), images: results.length };
      made[k] = await pool.ask("files", argument);
      tell(++packed, done.length);
    }
  };
  await Promise.all(Array.from({ length: pool.size }, packNext));
  if (isStopped()) return undefined;
  const pictures = made.map(({ picture }, k) => [done[k].path, picture]);
  const lists = await pool.ask("lists", { settings, failures, results, pictures });
  const files = [...made.flatMap(({ files }) => files), ...lists];
  const entries = files.map(({ name, size, crc }) => ({ name: `predictions/${name}`, size, crc }));
  const { heads, end } = await pool.ask("zip", { entries });
  return new Blob([...files.flatMap(({ file }, k) => [heads[k], file]), end], {
    type: "application/zip",
  });
}

/** The job of an image: plain data that a worker takes. */
function jobOf({ path, stem, file, logits }, settings) {
  return { path, stem, file, logits, settings };
}

/** Has the browser save a file. */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser needs the address until it has begun.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
