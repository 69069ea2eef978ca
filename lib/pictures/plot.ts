/**
 * Charts for pages. Observable Plot draws into an in-memory document of linkedom, and the result is
 * the text of an SVG. No browser and no permission is needed.
 *
 * Lines and text have the page's colour (`currentColor`). The other colours are CSS variables of
 * the page, so that one chart suits light, dark and print. {@linkcode onPaper} replaces the
 * variables by values, for a picture.
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

/** Width and height of a chart in its own px; a page scales it. */
export type ChartSize = Pick<Frame, "width" | "height">;
export const CHART_SIZE: ChartSize = { width: 480, height: 280 };

/** Room for the name of the upright axis above the marks, and for the other below them, px. */
export const MARGINS = { marginTop: 40, marginBottom: 42 } as const;

let libraries: Promise<{ marks: Marks; document: unknown }> | undefined;

/** Loads both libraries with the first chart, so that commands without charts start sooner. */
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

/** Draws a chart as an SVG element. `title` is the description for screen readers. */
export async function drawChart(
  title: string,
  options: (marks: Marks) => Plot.PlotOptions,
): Promise<string> {
  const { marks, document } = await load();
  const given = { ...CHART_SIZE, ...MARGINS, className: "chart" };
  const svg = marks.plot(
    { ...given, ...options(marks), document } as Plot.PlotOptions,
  ) as unknown as {
    querySelector(selector: string): { remove(): void } | null;
    querySelectorAll(selector: string): Iterable<{ removeAttribute(name: string): void }>;
    setAttribute(name: string, value: string): void;
    outerHTML: string;
  };
  svg.querySelector("style")?.remove();
  // The kinds of marks say nothing to a listener, and groups may have no label.
  for (const group of svg.querySelectorAll("g")) {
    group.removeAttribute("aria-label");
    group.removeAttribute("aria-description");
  }
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("font-size", "12");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", title);
  return svg.outerHTML;
}

/**
 * A chart as part of a drawing, scaled to a width, in the colours of the light theme. It becomes a
 * group, because the renderer takes several times as long for a nested SVG.
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

/** Replaces the page's colour variables in a chart by the colours of the light theme. */
export function onPaper(svg: string): string {
  return svg.replace(/var\(--[a-z-]+\)|currentColor/g, (colour) => ON_PAPER[colour] ?? COLOURS.ink);
}
