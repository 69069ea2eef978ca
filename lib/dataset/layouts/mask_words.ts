/**
 * Recognises names of masks and names of images by their words.
 *
 * @module
 */
import { baseName, folderName, stemOf } from "../../core/paths.ts";

/** Words that name masks wherever they stand: in a folder, before or after an image's name. */
const MASK_WORDS: ReadonlySet<string> = new Set(
  ("mask masks msk msks label labels lbl lbls gt gts groundtruth groundtruths truth truths " +
    "annotation annotations annot annots anno annos seg segs segm segms segmentation " +
    "segmentations maske masken masque masques mascara mascaras máscara máscaras maschera " +
    "maschere masker maskers maska maski masky маска маски 掩码 掩膜 遮罩 标签 標籤 标注 標註 " +
    "マスク ラベル 마스크 라벨").split(" "),
);

/** Words that name a mask's folder, though such a folder may also hold images. */
const OUTLINE_WORDS: ReadonlySet<string> = new Set(
  ("roi rois target targets manual manuals contour contours outline outlines delineation " +
    "delineations binary binaries").split(" "),
);

/** Words for what a mask shows. As folders they may be classes of images. */
const LESION_WORDS: ReadonlySet<string> = new Set(
  ("tumor tumors tumour tumours lesion lesions nodule nodules cyst cysts mass masses bw")
    .split(" "),
);

/** Words that name images. */
const IMAGE_WORDS: ReadonlySet<string> = new Set(
  ("image images img imgs im ims bild bilder imagen imagenes immagine immagini imagem imagens " +
    "beeld beelden obraz obrazy obrazky 图像 圖像 图片 影像 画像 이미지").split(" "),
);

/** Words that may name images, or anything else. */
const SOURCE_WORDS: ReadonlySet<string> = new Set(
  ("data raw raws original originals orig input inputs source sources src scan scans picture " +
    "pictures photo photos frame frames us bus ultrasound bmode").split(" "),
);

/** How surely a text names masks: by its words, perhaps, or not at all. */
export type Certainty = "sure" | "likely" | "unknown";

/** A run of letters, a run of digits, or another character, and its place in the text. */
interface Run {
  readonly text: string;
  readonly at: number;
}

const RUN = new RegExp(
  [
    "(?:[Gg]round|GROUND)[ _-]?(?:[Tt]ruths?|TRUTHS?)",
    // "mask" before another word in small letters, such as "maskpatient"; not "masked", "masking".
    "[Mm]ask(?=\\p{Ll}{2})(?!ed|ing|er|en|ch)",
    "[Mm]ask(?=[a-z](?![a-z]))(?![seaiy](?!\\p{L}))",
    "\\p{Lu}+(?!\\p{Ll})",
    "\\p{Lu}?\\p{Ll}+",
    "\\p{L}+",
    "\\p{Nd}+",
    "[^\\p{L}\\p{Nd}]",
  ].join("|"),
  "gu",
);

function runsOf(text: string): Run[] {
  return [...text.matchAll(RUN)].map(({ 0: run, index }) => ({ text: run, at: index }));
}

/** The words of a text, in lower case: "imagesTr_01" has "images" and "tr". */
export function wordsOf(text: string): string[] {
  return runsOf(text.normalize("NFC")).map(({ text }) => wordOf(text))
    .filter((word) => /\p{L}/u.test(word));
}

/** The words and the numbers of a text. */
export function partsOf(text: string): string[] {
  return runsOf(text).map(({ text }) => text).filter((run) => /[\p{L}\p{Nd}]/u.test(run));
}

/** The places in a text at which a word, a number or a sign begins or ends. */
export function bordersOf(text: string): ReadonlySet<number> {
  return new Set([...runsOf(text).map(({ at }) => at), text.length]);
}

function wordOf(run: string): string {
  const word = run.toLowerCase().replaceAll(/[ _-]/g, "");
  // A glued word, such as "trainmasks".
  return /\p{L}{2}(masks?|labels?|annots?|annotations?)$/u.exec(word)?.[1] ?? word;
}

/** How surely a part of a file's name says that the file is a mask. */
export function certaintyOfName(text: string): Certainty {
  const words = wordsOf(text);
  if (words.some((word) => MASK_WORDS.has(word))) return "sure";
  return words.some((word) => LESION_WORDS.has(word) || OUTLINE_WORDS.has(word))
    ? "likely"
    : "unknown";
}

/** The role of a file, as the last telling word says; `undefined` without one. */
export function roleOfName(stem: string): "image" | "mask" | undefined {
  return wordsOf(stem).map(roleOfWord).findLast((role) => role !== undefined);
}

function roleOfWord(word: string): "image" | "mask" | undefined {
  return MASK_WORDS.has(word) ? "mask" : IMAGE_WORDS.has(word) ? "image" : undefined;
}

/**
 * What the words of a folder say that it holds. The deepest folder with a telling word decides:
 * "masks/images" holds images, "images/masks" masks. "perhaps" stands for masks, if nothing
 * contradicts.
 */
export function roleOfFolder(folder: string): "image" | "mask" | "perhaps" | undefined {
  const parts = folder.split("/").map(wordsOf);
  for (const words of parts.toReversed()) {
    // "mask_images" and "ground truth images" hold masks.
    if (words.some((word) => MASK_WORDS.has(word))) return "mask";
    if (words.some((word) => IMAGE_WORDS.has(word))) return "image";
  }
  return parts.at(-1)!.some((word) => OUTLINE_WORDS.has(word)) ? "perhaps" : undefined;
}

/**
 * The folder without its words for masks and images, and without the signs that joined them:
 * "train_images", "train", "trainmasks" and "train/masks" are all "train".
 */
export function withoutRoles(folder: string): string {
  return folder.normalize("NFC").split("/").map((part) => {
    const runs = runsOf(part);
    if (!runs.some(({ text }) => isRole(wordOf(text)))) return part;
    const kept = runs.map(({ text }) => isRole(wordOf(text)) ? gluedTo(text) : text).join("");
    return kept.replaceAll(/^[^\p{L}\p{Nd}]+|[^\p{L}\p{Nd}]+$/gu, "");
  }).filter((part) => part !== "").join("/");
}

/** What a word is glued to: "train" of "trainmasks", "" of "masks". */
function gluedTo(run: string): string {
  const word = wordOf(run);
  return run.toLowerCase().endsWith(word) ? run.slice(0, -word.length) : "";
}

function isRole(word: string): boolean {
  return [MASK_WORDS, OUTLINE_WORDS, IMAGE_WORDS, SOURCE_WORDS].some((words) => words.has(word));
}

/**
 * Whether a file is named like a mask: it lies in a folder of masks, or its name begins or ends
 * with a word for masks.
 */
export function looksLikeMask(path: string): boolean {
  if (roleOfFolder(folderName(path)) === "mask") return true;
  const words = wordsOf(stemOf(baseName(path)));
  return [words[0], words.at(-1)].some((word) => word !== undefined && MASK_WORDS.has(word));
}
