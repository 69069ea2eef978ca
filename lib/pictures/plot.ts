/**
 * Charts for pages: Observable Plot draws them into a document that linkedom keeps in memory, and what comes out is
 * the text of an SVG. No browser and no permission is needed.
 *
 * Lines and words have the page's own colour (`currentColor`), and the other colours are variables of the page, so that
 * one chart suits light, dark and print. {@linkcode onPaper} puts values in their place, for a picture.
 *
 * @module
 */
import type * as Plot from "@observablehq/plot";
import type { Frame } from "./picture.ts";
import { COLOURS } from "./svg.ts";

/** The functions of Observable Plot. */
export type Marks = typeof Plot;

/** The colours of charts. */
export const INK = {
  blue: "var(--blue)",
  vermilion: "var(--vermilion)",
  green: "var(--green)",
  soft: "var(--soft-ink)",
  paper: "var(--paper)",
} as const;

const ON_PAPER: Readonly<Record<string, string>> = {
  [INK.blue]: COLOURS.blue,
  [INK.vermilion]: COLOURS.vermilion,
  [INK.green]: COLOURS.green,
  [INK.soft]: COLOURS.softInk,
  [INK.paper]: COLOURS.paper,
  currentColor: COLOURS.ink,
};

/** Width and height of a chart in px of its own; a page scales it. */
export type ChartSize = Pick<Frame, "width" | "height">;
export const CHART_SIZE: ChartSize = { width: 480, height: 280 };

let libraries: Promise<{ marks: Marks; document: unknown }> | undefined;

/** Loads both when a chart is first drawn: no command should start later for a chart that it never draws. */
function load(): NonNullable<typeof libraries> {
  return libraries ??= (async () => {
    const [marks, { parseHTML }] = await Promise.all([
      import("@observablehq/plot"),
      import("linkedom"),
    ]);
    const { document } = parseHTML("<html></html>") as unknown as { document: unknown };
    return { marks, document };
  })();
}

/**
 * Draws a chart as an SVG element. `title` says what it shows to readers who do not see it.
 */
export async function drawChart(
  title: string,
  options: (marks: Marks) => Plot.PlotOptions,
): Promise<string> {
  const { marks, document } = await load();
  const given = { ...CHART_SIZE, marginBottom: 42, className: "chart" };
  const svg = marks.plot(
    { ...given, ...options(marks), document } as Plot.PlotOptions,
  ) as unknown as {
    querySelector(selector: string): { remove(): void } | null;
    setAttribute(name: string, value: string): void;
    outerHTML: string;
  };
  svg.querySelector("style")?.remove();
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("font-size", "12");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", title);
  return svg.outerHTML;
}

/**
 * A chart as part of a drawing: at a place, scaled to a width, in the colours of the light theme. It
 * becomes a group, since the renderer takes several times as long for an SVG inside another.
 */
export function placeChart(chart: string, { x, y, width }: Omit<Frame, "height">): string {
  const scale = width / Number(/ width="(\d+)"/.exec(chart)![1]);
  const end = chart.indexOf(">");
  const attributes = chart.slice("<svg".length, end)
    .replace(/ (xmlns|width|height|viewBox|role|font-family)="[^"]*"/g, "");
  const children = chart.slice(end, -"</svg>".length);
  return onPaper(
    `<g transform="translate(${x} ${y}) scale(${scale})"${attributes}${children}</g>`,
  );
}

/** The chart with the colours of the light theme in place of the page's. */
export function onPaper(svg: string): string {
  return svg.replace(/var\(--[a-z-]+\)|currentColor/g, (colour) => ON_PAPER[colour] ?? COLOURS.ink);
}
