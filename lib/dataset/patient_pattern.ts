/**
 * Finds patients in the paths of images by a regular expression. The expression may come from a
 * file of others, so it has a limited time.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import { startWorker } from "../core/worker.ts";
import type { Patients } from "./groups.ts";
import workerText from "./match_pattern.js" with { type: "text" };

/** The most time for all paths together. An ordinary expression takes a thousandth of it. */
const MOST_MS = 20_000;

/** What the worker answers: the match in each text, or why there is none. */
type Answer = { readonly found: readonly (string | null)[] } | { readonly why: string };

/**
 * Extracts the patients from the images' paths: the pattern's first group, or the whole match if it
 * has no group. Images without a match have no known patient.
 *
 * @throws InputError when the pattern is not a regular expression, takes too long, or matches no
 *   image.
 */
export async function patientsByPattern(
  images: readonly string[],
  pattern: string,
  mostMs = MOST_MS,
): Promise<Patients> {
  const named = setting("patientPattern", pattern);
  const answer = await matchAll(images, pattern, mostMs);
  if (answer === undefined) {
    throw new InputError(
      sentence`${named} takes more than ${mostMs / 1000} s on ${images.length} paths; expected a
        simpler expression, without a repetition inside a repetition`,
    );
  }
  if ("why" in answer) {
    throw new InputError(sentence`${named} is no regular expression (${answer.why})`);
  }
  const patients = new Map<string, string>();
  images.forEach((image, index) => {
    const patient = answer.found[index];
    if (patient) patients.set(image, patient);
  });
  if (patients.size > 0) return patients;
  throw new InputError(
    sentence`${named} matches none of the ${images.length} images, such as ${
      images[0]
    }; expected one
      that finds the patient in the path`,
  );
}

/** The worker's answer; `undefined` if it takes too long. */
async function matchAll(
  texts: readonly string[],
  pattern: string,
  mostMs: number,
): Promise<Answer | undefined> {
  const worker = startWorker(workerText);
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<Answer | undefined>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`the worker of the pattern ended: ${event.message}`));
      };
      timer = setTimeout(() => resolve(undefined), mostMs);
      worker.postMessage({ pattern, texts });
    });
  } finally {
    clearTimeout(timer);
    worker.terminate();
  }
}
