// deno-lint-ignore-file no-unused-vars -- the other scripts of the page use this one.
// Files and folders that are dropped or chosen: their paths begin at what was dropped.

/** What an input of the page holds, as paths and files. */
function chosenFiles({ files }) {
  return Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** What was dropped. The items must be asked for at once: they are gone after the event. */
async function droppedFiles({ items }) {
  const dropped = Array.from(items).filter(({ kind }) => kind === "file").map((item) => ({
    file: item.getAsFile(),
    entry: item.webkitGetAsEntry?.(),
    handle: item.getAsFileSystemHandle?.(),
  }));
  const found = [];
  for (const { file, entry, handle } of dropped) {
    if (!entry?.isDirectory) found.push({ path: file.name, file });
    // Chromium opens the entries of a folder only in a page from a server, handles in all.
    else if (handle) found.push(...await filesOfHandle(await handle, entry.name));
    else found.push(...await filesOfEntry(entry, entry.name));
  }
  return found;
}

async function filesOfHandle(folder, path) {
  const found = [];
  for await (const [name, handle] of folder.entries()) {
    const inside = `${path}/${name}`;
    if (handle.kind === "directory") found.push(...await filesOfHandle(handle, inside));
    else found.push({ path: inside, file: await handle.getFile() });
  }
  return found;
}

async function filesOfEntry(folder, path) {
  const found = [];
  for await (const entry of entriesOf(folder)) {
    const inside = `${path}/${entry.name}`;
    if (entry.isDirectory) found.push(...await filesOfEntry(entry, inside));
    else {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      found.push({ path: inside, file });
    }
  }
  return found;
}

/** The entries of a folder, which come in parts until one is empty. */
async function* entriesOf(folder) {
  const reader = folder.createReader();
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) return;
    yield* part;
  }
}
