/**
 * Formats an inspection: the table for the terminal, and the short lines before training.
 *
 * @module
 */
import {
  type Distribution,
  type Finding,
  type FindingKind,
  type Inspection,
  type Severity,
  visibleLine,
} from "../../mod.ts";
import { spelled } from "../options/flags.ts";
import { task } from "./task.ts";
import { count, percent, plural, table } from "./words.ts";

const LISTED_CASES = 5;

/** Kinds of findings that the output before training contains elsewhere. */
const SAID_ELSEWHERE: readonly FindingKind[] = [
  "no_lesion",
  "exact_duplicates",
  "near_duplicates",
  "mask_rescaled",
  "mask_full",
  "colour",
];

/** The whole table: the content of the data set, then the findings. */
export function describeInspection(inspection: Inspection): string {
  const { images, masks, findings, duplicate_groups: groups } = inspection;
  const rows: [string, string][] = [
    ["images", count(images)],
    ["masks", count(masks)],
    [
      "files",
      Object.entries(inspection.modes).map(([mode, n]) => `${count(n)} ${mode}`).join("; "),
    ],
  ];
  if (inspection.width_px && inspection.height_px) {
    rows.push(["width", `${range(inspection.width_px, px)}`]);
    rows.push(["height", `${range(inspection.height_px, px)}`]);
  }
  const classes = inspection.classes.filter(({ name }) => name !== "");
  if (classes.length > 0) {
    const words = classes.map(({ name, images, lesions }) =>
      `${name} ${count(images)} (${plural(lesions, "lesion image")})`
    );
    rows.push(["classes", words.join(", ")]);
  }
  const { lesions } = inspection;
  if (lesions) {
    rows.push(
      [
        "with a lesion",
        `${plural(lesions.images, "image")}, ${count(images - lesions.images)} without`,
      ],
      ["lesion area", `${range(lesions.area_share, percent)} of the image`],
      [
        "lesion centre",
        `across ${range(lesions.centre_x, percent)}; down ${range(lesions.centre_y, percent)}`,
      ],
    );
  }
  const grouped = groups.reduce((sum, group) => sum + group.images.length, 0);
  rows.push([
    "show the same",
    groups.length === 0
      ? "none"
      : `${plural(grouped, "image")} in ${plural(groups.length, "group")}`,
  ]);
  const lines = [table(rows), `layout: ${inspection.layout}`];
  for (const finding of findings) lines.push("", ...findingLines(finding));
  lines.push("", verdict(inspection));
  return lines.join("\n");
}

/** The warnings in short form, for the lines before training. */
export function warningLines({ findings }: Inspection): string[] {
  const warnings = findings.filter(({ kind, severity }) =>
    severity === "warning" && !SAID_ELSEWHERE.includes(kind)
  );
  if (warnings.length === 0) return [];
  const words = warnings.map(({ title, cases }) => `${title} (${cases.length})`);
  return [`warning: ${words.join("; ")}: ${task("inspect")} tells which`];
}

function findingLines({ severity, title, cases }: Finding): string[] {
  const lines = cases.slice(0, LISTED_CASES).map(({ files, words: sentence }) => {
    const words = spelled(sentence);
    const about = files.length === 0 || words.includes(files[0]) ? words : words && `: ${words}`;
    const named = files.length === 0 || words.includes(files[0]) ? "" : files.join(", ");
    return visibleLine(`  ${named}${about}`);
  });
  const more = cases.length - lines.length;
  if (more > 0) lines.push(`  and ${count(more)} more`);
  return [`${severity}: ${title} (${count(cases.length)})`, ...lines];
}

function verdict({ findings }: Inspection): string {
  const of = (severity: Severity) => findings.filter((finding) => finding.severity === severity);
  const cases = (some: readonly Finding[]) =>
    some.reduce((sum, { cases }) => sum + cases.length, 0);
  const errors = cases(of("error"));
  return `${plural(errors, "error")}, ${plural(cases(of("warning")), "warning")}, ${
    plural(cases(of("hint")), "hint")
  }.${errors > 0 ? " train refuses these images until the errors are put right." : ""}`;
}

/** Formats minimum, median and maximum. */
function range({ least, median, most }: Distribution, write: (value: number) => string): string {
  return `${write(least)} to ${write(most)}, median ${write(median)}`;
}

function px(value: number): string {
  return `${Math.round(value)} px`;
}
