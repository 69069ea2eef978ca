/**
 * What the examination before training found in the images, for a run's report.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { ReportTable } from "../report/page/report_data.ts";
import { record } from "../core/json.ts";
import { FILES, type RunFolder } from "./run_folder.ts";

/**
 * The findings in the run's `inspect.json` as a table; `undefined` where there is none (runs of earlier versions).
 * Throws {@linkcode InputError} for a file that is none.
 */
export async function inspectionTable(run: RunFolder): Promise<ReportTable | undefined> {
  const json = await run.readJson(FILES.inspection);
  if (json === undefined) return undefined;
  const path = run.file(FILES.inspection);
  const { images, findings } = record(json, path);
  if (!Array.isArray(findings)) {
    throw new InputError(`${path} has no findings; delete it, and the report leaves them out`);
  }
  const rows = findings.map((finding) => {
    const { title, severity, cases } = record(finding, `a finding in ${path}`);
    return [String(title), String(severity), Array.isArray(cases) ? String(cases.length) : "-"];
  });
  return {
    title: `Found in ${images} images before training (${FILES.inspection})`,
    columns: ["finding", "severity", "places"],
    rows,
  };
}
