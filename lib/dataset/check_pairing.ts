/**
 * Refuses pairings that cannot be trained on.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { firstOf } from "../core/printable.ts";
import { sentence, setting } from "../core/sentence.ts";
import { refusalOfNoPair } from "./layouts/refusals.ts";
import type { Pair, Pairing } from "./pairing.ts";

/**
 * The pairs to train on, sorted by image. Images without a mask are an "error", or their masks are
 * "empty" (no lesion; such pairs have no masks).
 *
 * @throws InputError for a mask without an image, for a file that is named like a mask but has no
 *   image, and for an image without a mask unless they are accepted.
 */
export function checkPairing(
  pairing: Pairing,
  { missingMasks }: { readonly missingMasks: "error" | "empty" },
): Pair[] {
  const { pairs, unmasked, orphans, lookalikes = [], words, unread } = pairing;
  const alone = [...orphans, ...lookalikes].sort();
  if (pairs.length === 0 && unmasked.length > 0 && (alone.length > 0 || missingMasks === "error")) {
    throw refusalOfNoPair(unmasked, alone, unread);
  }
  const layout = words === undefined ? "" : ` (layout: ${words})`;
  if (orphans.length > 0) {
    throw new InputError(
      sentence`${countOf(orphans, "mask has", "masks have")} no image: ${firstOf(orphans)}${layout};
        expected an image of the name that the mask's name gives; add the image or take the mask
        out`,
    );
  }
  if (lookalikes.length > 0) {
    throw new InputError(
      sentence`${countOf(lookalikes, "file looks", "files look")} like a mask by the name, but no
        image goes with it: ${firstOf(lookalikes)}${layout}; say how your masks are named with
        ${setting("maskPattern")} and in which folders they lie with ${setting("masks")}, search
        only one folder with ${setting("images")}, take the file out, or, if it is an image without
        a lesion, add a black mask for it`,
    );
  }
  if (unmasked.length > 0 && missingMasks === "error") {
    const which = countOf(unmasked, "image has", "images have");
    throw new InputError(
      sentence`${which} no mask: ${firstOf(unmasked)}${layout}; add masks, say how yours are named
        with ${setting("maskPattern")} and where they lie with ${setting("masks")}, move these
        images into a folder of their own, which is then left out, or, if none of them shows a
        lesion, train the network to find nothing in them with ${setting("missingMasks", "empty")}`,
    );
  }
  return [...pairs, ...unmasked.map((image) => ({ image, masks: [] }))]
    .sort((a, b) => a.image < b.image ? -1 : 1);
}

function countOf(names: readonly string[], one: string, several: string): string {
  return `${names.length} ${names.length === 1 ? one : several}`;
}
