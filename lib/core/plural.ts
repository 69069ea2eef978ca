/**
 * Formats numbers and nouns in sentences.
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
