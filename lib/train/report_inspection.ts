/**
 * What `inspect` found in the data directory, for a run's report.
 *
 * @module
 */
import { INSPECTION_FILE } from "../data/discover.ts";
import type { DataFolder } from "../data/folder.ts";
import { InputError } from "../errors.ts";
import { record } from "./progress_json.ts";
import { parseJson } from "./run_folder.ts";
import type { ReportTable } from "../report/page/report_data.ts";

/** Where `inspect` writes by default. */
const FOLDER = "inspect";

/** The findings of the last examination as a table; `undefined` where none was made. Throws {@linkcode InputError} for a file that is none. */
export async function inspectionTable(data: DataFolder): Promise<ReportTable | undefined> {
  const path = `${FOLDER}/${INSPECTION_FILE}`;
  if (!await data.exists(path)) return undefined;
  const text = new TextDecoder().decode(await data.readFile(path));
  const { images, folder, findings } = record(parseJson(text, path), path);
  if (!Array.isArray(findings)) {
    throw new InputError(`${path} has no findings; examine the images again: deno task inspect`);
  }
  const rows = findings.map((finding) => {
    const { title, severity, cases } = record(finding, `a finding in ${path}`);
    return [String(title), String(severity), Array.isArray(cases) ? String(cases.length) : "-"];
  });
  return {
    title: `Found by inspect in ${images} images of ${folder} (${path})`,
    columns: ["finding", "severity", "places"],
    rows,
  };
}
