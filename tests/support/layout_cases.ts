/**
 * Layouts of data sets as people have them: for a name, the image's path and its masks'.
 *
 * @module
 */
import type { Layout } from "../../lib/dataset/layouts/layout.ts";

/** A layout with the options that tell it. */
export interface LayoutCase {
  readonly image: (name: string) => string;
  readonly masks: (name: string) => readonly string[];
  readonly layout: Layout;
}

function beside(
  image: (name: string) => string,
  masks: (name: string) => string | readonly string[],
  ...maskPattern: readonly string[]
): LayoutCase {
  return { image, masks: (name) => [masks(name)].flat(), layout: { masks: null, maskPattern } };
}

function apart(
  image: (name: string) => string,
  masks: (name: string) => string | readonly string[],
  folders: string,
  ...maskPattern: readonly string[]
): LayoutCase {
  const names = maskPattern.length === 0 ? ["{}"] : maskPattern;
  const layout = { masks: [folders], maskPattern: names };
  return { image, masks: (name) => [masks(name)].flat(), layout };
}

const plain = (name: string) => `${name}.png`;

/** One of two classes, by the name. */
const partOf = (name: string) => (name.codePointAt(name.length - 1)! % 2 ? "benign" : "malignant");

/** The layouts that must be found from the names of the files. */
export const LAYOUT_CASES: Readonly<Record<string, LayoutCase>> = {
  "BUSI": beside(plain, (x) => `${x}_mask.png`, "_mask"),
  "BUSI with several masks": beside(plain, (x) => [`${x}_mask.png`, `${x}_mask_1.png`], "_mask"),
  "a word for a lesion": beside(plain, (x) => `${x}_tumor.png`, "_tumor"),
  "a word after a dash": beside(plain, (x) => `${x}-mask.png`, "-mask"),
  "capitals": beside(plain, (x) => `${x}_MASK.png`, "_MASK"),
  "segmentation": beside(plain, (x) => `${x}_segmentation.png`, "_segmentation"),
  "gt": beside(plain, (x) => `${x}_gt.png`, "_gt"),
  "a word that says nothing": beside(plain, (x) => `${x}_abc.png`, "_abc"),
  "numbers without a line": beside(plain, (x) => [`${x}_mask1.png`, `${x}_mask2.png`], "_mask*"),
  "numbers in brackets": beside(plain, (x) => `${x}_mask (1).png`, "_mask*"),
  "the ending within": beside((x) => `${x}.jpg`, (x) => `${x}.jpg_mask.png`, "_mask"),
  "a prefix": beside(plain, (x) => `mask_${x}.png`, "mask_{}"),
  "two prefixes": beside((x) => `us_${x}.png`, (x) => `mask_${x}.png`, "us_{}=mask_{}"),
  "two suffixes": beside((x) => `${x}_img.png`, (x) => `${x}_mask.png`, "{}_img={}_mask"),
  "words on both sides": beside(
    (x) => `us_${x}_img.png`,
    (x) => `mask_${x}_gt.png`,
    "us_{}_img=mask_{}_gt",
  ),
  "only endings differ": beside((x) => `${x}.jpg`, plain, "{}.jpg={}.png"),
  "a folder for each case": beside(
    (x) => `${x}/image.png`,
    (x) => `${x}/mask.png`,
    "image=mask",
  ),
  "two folders": apart((x) => `images/${x}.png`, (x) => `masks/${x}.png`, "images=masks"),
  "two folders of other names": apart(
    (x) => `img/${x}.jpg`,
    (x) => `labels/${x}.png`,
    "img=labels",
  ),
  "two folders, JPEG masks": apart(
    (x) => `trainval-image/${x}.jpg`,
    (x) => `trainval-mask/${x}.jpg`,
    "trainval-image=trainval-mask",
  ),
  "raw and ground truth": apart(
    (x) => `raw/${x}.png`,
    (x) => `ground_truth/${x}.png`,
    "raw=ground_truth",
  ),
  "any folder and masks": apart((x) => `b/${x}.png`, (x) => `Masks/${x}.png`, "b=Masks"),
  "two folders and a suffix": apart(
    (x) => `images/${x}.png`,
    (x) => `masks/${x}_mask.png`,
    "images=masks",
    "_mask",
  ),
  "two folders and two prefixes": apart(
    (x) => `Images/us_${x}-l.png`,
    (x) => `Masks/mask_${x}-l.png`,
    "Images=Masks",
    "us_{}=mask_{}",
  ),
  "two folders and a suffix of images": apart(
    (x) => `imagesTr/${x}_0000.png`,
    (x) => `labelsTr/${x}.png`,
    "imagesTr=labelsTr",
    "{}_0000={}",
  ),
  "two folders and numbered masks": apart(
    (x) => `images/${x}.png`,
    (x) => [`masks/${x}_1.png`, `masks/${x}_2.png`],
    "images=masks",
    "_*",
  ),
  "two endings in one name": apart(
    (x) => `images/${x}.jpg`,
    (x) => `masks/${x}.jpg.png`,
    "images=masks",
  ),
  "classes below": apart(
    (x) => `images/benign/${x}.png`,
    (x) => `masks/benign/${x}.png`,
    "images=masks",
  ),
  "classes above": apart(
    (x) => `benign/images/${x}.png`,
    (x) => `benign/masks/${x}.png`,
    "images=masks",
  ),
  "a folder inside": apart((x) => `benign/${x}.png`, (x) => `benign/masks/${x}.png`, "*/masks"),
  "masks in a folder beside": apart(
    (x) => `train/${x}.jpg`,
    (x) => `train_masks/${x}_mask.png`,
    "train=train_masks",
    "_mask",
  ),
  "masks in a folder of the image's name": apart(
    (x) => `images/${x}.png`,
    (x) => [`masks/${x}/one.png`, `masks/${x}/two.png`],
    "images=masks/{}",
  ),
  "images divided, masks not": apart(
    (x) => `images/${partOf(x)}/${x}.png`,
    (x) => `masks/${x}_mask.png`,
    "images/*=masks",
    "_mask",
  ),
  "masks divided, images not": apart(
    (x) => `images/${x}.png`,
    (x) => `masks/${partOf(x)}/${x}.png`,
    "images=masks/*",
  ),
  "classes and one folder of masks": apart(
    (x) => `${partOf(x)}/${x}.png`,
    (x) => `masks/${x}.png`,
    "*=masks",
  ),
  "a folder for each image": apart(
    (x) => `${x}/images/${x}.png`,
    (x) => [`${x}/masks/one.png`, `${x}/masks/two.png`],
    "images=masks",
    "*=*",
  ),
};

/** The pairs of a layout for some names, sorted by image. */
export function pairsFor(
  { image, masks }: LayoutCase,
  names: readonly string[],
): { readonly image: string; readonly masks: readonly string[] }[] {
  return names.map((name) => ({ image: image(name), masks: masks(name) }))
    .sort((a, b) => a.image < b.image ? -1 : 1);
}
