/**
 * Reads `inspect.json` and makes its table for the report.
 *
 * @module
 */
import { naming } from "../core/errors.ts";
import { anything, list, object, oneOf, text, whole } from "../core/json.ts";
import type { ReportTable } from "../report/page/report_data.ts";
import { FILES, type RunFolder } from "./run_folder.ts";

const inspection = object({
  format: oneOf(1),
  images: whole(),
  findings: list(object({ title: text, severity: text, cases: list(anything) })),
});

/**
 * The content of `inspect.json`; `undefined` if there is none (runs of earlier versions).
 *
 * @throws {InputError} if the file is not an inspection.
 */
export async function readInspection(
  run: RunFolder,
): Promise<ReturnType<typeof inspection> | undefined> {
  const json = await run.readJson(FILES.inspection);
  if (json === undefined) return undefined;
  return naming(run.file(FILES.inspection), () => inspection(json));
}

/** The findings as a table; `undefined` where there is no file. */
export async function inspectionTable(run: RunFolder): Promise<ReportTable | undefined> {
  const found = await readInspection(run);
  return found && {
    title: `Found in ${found.images} images before training (${FILES.inspection})`,
    columns: ["finding", "severity", "places"],
    rows: found.findings.map(({ title, severity, cases }) => [
      title,
      severity,
      String(cases.length),
    ]),
  };
}
