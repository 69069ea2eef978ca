/**
 * Builds SVG text: elements, escaped text, rounded numbers. Defines the style that all figures
 * share.
 *
 * The colours are those of Okabe and Ito ("Color universal design", 2008), which colour-blind
 * readers can distinguish.
 *
 * @module
 */

/** Attributes of an element; undefined ones are omitted. */
export type Attributes = Record<string, string | number | undefined>;

/** The colours of all figures. */
export const COLOURS = {
  paper: "#ffffff",
  ink: "#1b1f24",
  softInk: "#5b6470",
  grid: "#e4e7eb",
  axis: "#9aa3ae",
  blue: "#0072b2",
  vermilion: "#d55e00",
  green: "#009e73",
} as const;

/** The average width of a letter, as a fraction of the font size. */
const LETTER_WIDTH = 0.52;

/** The style of text. */
export interface TextStyle {
  /** The font size in px. */
  readonly size?: number;
  readonly weight?: 400 | 600;
  readonly anchor?: "start" | "middle" | "end";
  readonly fill?: string;
  /** The rotation about the anchor, in degrees clockwise. */
  readonly turn?: number;
}

/** One element with its children, which must be SVG already. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeText(attributeText(value!))}"`)
    .join("");
  return children.length === 0
    ? `<${name}${written}/>`
    : `<${name}${written}>${children.join("")}</${name}>`;
}

/** A complete drawing of the given size in px, on a paper background. */
export function drawing(width: number, height: number, ...children: string[]): string {
  return layer(width, height, element("rect", { width, height, fill: COLOURS.paper }), ...children);
}

/** A drawing without a background, which is laid over something else. */
export function layer(width: number, height: number, ...children: string[]): string {
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "font-family": "Inter",
    },
    ...children,
  );
}

/** Text at a position; `y` is the baseline. */
export function text(content: string, x: number, y: number, style: TextStyle = {}): string {
  const { size = 13, weight = 400, anchor = "start", fill = COLOURS.ink, turn } = style;
  return element(
    "text",
    {
      x,
      y,
      "font-size": size,
      "font-weight": weight,
      "text-anchor": anchor,
      fill,
      transform: turn === undefined ? undefined : `rotate(${turn} ${tidy(x)} ${tidy(y)})`,
    },
    escapeText(content),
  );
}

/** Shortens text to `width` px by cutting out its middle. */
export function fitText(content: string, width: number, size: number): string {
  const letters = [...content];
  const room = Math.max(3, Math.floor(width / (size * LETTER_WIDTH)));
  if (letters.length <= room) return content;
  const head = Math.ceil((room - 1) / 2);
  return [...letters.slice(0, head), "…", ...letters.slice(letters.length - (room - 1 - head))]
    .join("");
}

/** Escapes text for SVG. Characters that XML forbids become a replacement character. */
export function escapeText(content: string): string {
  return content
    // deno-lint-ignore no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .toWellFormed()
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** Formats a coordinate with at most two decimals. */
export function tidy(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function attributeText(value: string | number): string {
  return typeof value === "number" ? tidy(value) : value;
}
