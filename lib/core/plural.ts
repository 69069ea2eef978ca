/**
 * Formats numbers and nouns in sentences, and sentences.
 *
 * @module
 */

/** 1234567 as "1,234,567". */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** A number with its noun: "1 image", "12 images". */
export function plural(value: number, singular: string, many = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : many}`;
}

/** Words with a capital letter first. */
export function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A note as a sentence of its own. */
export function asSentence(note: string): string {
  return capitalised(note) + (/[.!?]$/.test(note) ? "" : ".");
}
