/**
 * Files that are taken for models and are none that can be read: what each is, and what to do. The
 * sentences go on after the name of the file.
 *
 * @module
 */

const SAVE = `in PyTorch, write torch.save(model.state_dict(), "model.pth")`;
const AGAIN = "download the file itself";
const RETRAIN =
  "models of other frameworks cannot be read, only a PyTorch state_dict or safetensors";

interface Known {
  readonly says: string;
  /** The first bytes, as a text in which each character is a byte, or a test of a longer start. */
  readonly begins: string | ((start: string) => boolean);
}

/** Files by their first bytes. */
const FILES: readonly Known[] = [
  { begins: "\x89HDF\r\n\x1a\n", says: `it is an HDF5 file, as Keras writes it (.h5); ${RETRAIN}` },
  {
    begins: "version https://git-lfs",
    says: "it is a pointer of Git LFS, not the file itself; fetch the file with git lfs pull",
  },
  {
    begins: (start) =>
      /^(\xef\xbb\xbf)?\s*(<!doctype|<(html|head|body|script|div|title|meta)\b|<!--)/i.test(start),
    says: `it is a web page, not a model: the download failed or needs a login; ${AGAIN}`,
  },
  {
    begins: (start) => /^(\xef\xbb\xbf)?\s*<(\?xml|svg)\b/i.test(start),
    says: `it is XML, such as a server's error, not a model; ${AGAIN}`,
  },
  {
    begins: (start) => start.slice(4, 8) === "TFL3",
    says: `it is a model of TensorFlow Lite; ${RETRAIN}`,
  },
  {
    begins: "\x08\x01\x12",
    says: `it is a SavedModel of TensorFlow; ${RETRAIN}`,
  },
  {
    begins: isOnnx,
    says: `it is an ONNX file, which is written here but not read; ${SAVE}`,
  },
  { begins: "\x93NUMPY", says: `it is an array of NumPy (.npy), not a model; ${SAVE}` },
  { begins: "MATLAB ", says: `it is a MATLAB file, not a model; ${RETRAIN}` },
  { begins: "GGUF", says: `it is a language model in GGUF; ${RETRAIN}` },
  { begins: "\x1f\x8b", says: "it is packed with gzip; unpack it first (gunzip, or tar -xzf)" },
  { begins: "BZh", says: "it is packed with bzip2; unpack it first" },
  { begins: "\xfd7zXZ\0", says: "it is packed with xz; unpack it first" },
  { begins: "\x28\xb5\x2f\xfd", says: "it is packed with zstd; unpack it first" },
  { begins: "7z\xbc\xaf\x27\x1c", says: "it is a 7z archive; unpack it first" },
  { begins: "Rar!", says: "it is a RAR archive; unpack it first" },
  {
    begins: (start) => start.slice(257, 262) === "ustar",
    says:
      "it is a tar archive; unpack it first, or, if PyTorch before 0.1.10 wrote it, load it there and " +
      "save its state_dict again",
  },
  { begins: "\x89PNG", says: `it is a PNG image, not a model; ${AGAIN}` },
  { begins: "\xff\xd8\xff", says: `it is a JPEG image, not a model; ${AGAIN}` },
  { begins: "GIF8", says: `it is a GIF image, not a model; ${AGAIN}` },
  { begins: "%PDF", says: `it is a PDF document, not a model; ${AGAIN}` },
  {
    begins: "PK\x05\x06",
    says: `it is an empty zip archive; ${AGAIN}`,
  },
  {
    begins: (start) =>
      /^[(\]}]?(d|l)?p0\n|^c\w+\n|^[\]}(]q\0/.test(start) || start.startsWith("\x80\x01"),
    says: `it is a pickle of an old protocol, which torch.save does not write; ${SAVE}`,
  },
  {
    begins: (start) => start !== "" && /^\0+$/.test(start),
    says: `it begins with zeros alone, as a file whose copying failed; ${AGAIN}`,
  },
  {
    begins: (start) => /^\s*[{[]\s*["\]}]/.test(start),
    says: `it is JSON, not a model; ${AGAIN}`,
  },
];

/** The most of a text's beginning that is shown, in characters. */
const MOST_SHOWN = 40;

/** Zip archives by their entries. */
const ARCHIVES: readonly {
  readonly says: string;
  readonly has: (names: readonly string[]) => boolean;
}[] = [
  {
    has: (names) => names.some((name) => /^[^/]+\/(constants\.pkl|code\/)/.test(name)),
    says:
      "it is a TorchScript archive, which holds code; in PyTorch, load it with torch.jit.load and " +
      "save its state_dict()",
  },
  {
    has: (names) =>
      names.some((name) =>
        /serialized_exported_program\.json$|(^|\/)archive_format$|models\/[^/]*\.json$/.test(name)
      ),
    says: `it is a program of torch.export (.pt2); ${SAVE}`,
  },
  {
    has: (names) => names.includes("config.json") && names.some((name) => /\.h5$/.test(name)),
    says: `it is a Keras archive (.keras); ${RETRAIN}`,
  },
  {
    has: (names) => names.length > 0 && names.every((name) => /\.npy$/.test(name)),
    says: `it is an archive of NumPy arrays (.npz), not a model; ${SAVE}`,
  },
  {
    has: (names) => names.some((name) => /\.(pth|pt|ckpt|safetensors|bin)$/i.test(name)),
    says: "it is a zip archive with a model file inside; unpack it and give that file",
  },
  {
    has: isRepacked,
    says:
      "it is a file of torch.save that was unpacked and packed again in another way; take the file as " +
      "it was, or pack the one folder with data.pkl in it, and nothing else",
  },
];

/** Whether there is a data.pkl, but not in the only outermost folder. */
function isRepacked(names: readonly string[]): boolean {
  const folders = new Set(names.map((name) => name.slice(0, name.indexOf("/") + 1)));
  return names.some((name) => /(^|\/)data\.pkl$/.test(name)) &&
    !(folders.size === 1 && names.some((name) => /^[^/]+\/data\.pkl$/.test(name)));
}

/** What a file is that is no zip archive and no model, with what to do; `undefined` for others. */
export function nameOfFile(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return `it is empty (0 bytes); ${AGAIN}`;
  let start = "";
  for (const byte of bytes.subarray(0, 512)) start += String.fromCharCode(byte);
  return FILES.find(({ begins }) =>
    typeof begins === "string" ? start.startsWith(begins) : begins(start)
  )?.says ?? nameOfText(start);
}

/** Any other text: a server's answer, a configuration, the link of a synchronised file. */
function nameOfText(start: string): string | undefined {
  if (!/^[\t\n\r\x20-\x7e]+$/.test(start)) return undefined;
  const [line] = start.trim().split(/[\n\r]/);
  if (line === "") return undefined;
  return "it is neither a safetensors file nor one that torch.save wrote, but a text that begins with " +
    `${JSON.stringify(line.slice(0, MOST_SHOWN))}; ${AGAIN}`;
}

/** What a zip archive with these entries is, if it is known and no file of torch.save. */
export function nameOfArchive(names: readonly string[]): string | undefined {
  return ARCHIVES.find(({ has }) => has(names))?.says;
}

/** A protobuf message: ir_version (3 to 20), then the producer, the graph or the operator sets. */
function isOnnx(start: string): boolean {
  const [tag, version, next] = [0, 1, 2].map((at) => start.charCodeAt(at));
  return tag === 0x08 && version >= 3 && version <= 20 && [0x12, 0x1a, 0x3a, 0x42].includes(next);
}
