import { assert, assertEquals } from "@std/assert";
import { compareCommand } from "../lib/cli/commands/compare.ts";
import { doctorCommand } from "../lib/cli/commands/doctor.ts";
import { evaluateCommand } from "../lib/cli/commands/evaluate.ts";
import { exportCommand } from "../lib/cli/commands/export.ts";
import { importCommand } from "../lib/cli/commands/import.ts";
import { inspectCommand } from "../lib/cli/commands/inspect.ts";
import { mergeCommand } from "../lib/cli/commands/merge.ts";
import { pageCommand } from "../lib/cli/commands/page.ts";
import { phantomsCommand } from "../lib/cli/commands/phantoms.ts";
import { predictCommand } from "../lib/cli/commands/predict.ts";
import { profileCommand } from "../lib/cli/commands/profile.ts";
import { reportCommand } from "../lib/cli/commands/report.ts";
import { runsCommand } from "../lib/cli/commands/runs.ts";
import { trainCommand } from "../lib/cli/commands/train.ts";
import { verifyCommand } from "../lib/cli/commands/verify.ts";
import { flagOf, FLAGS } from "../lib/cli/options/flags.ts";
import type { Field } from "../lib/core/fields.ts";
import { INGREDIENTS, type Parameter, POLICIES } from "../lib/dataset/augment/ingredients.ts";
import { EVALUATION_FILES } from "../lib/evaluate/results.ts";
import {
  AGAINST_COLUMNS,
  AGAINST_MM_COLUMNS,
  METRICS_COLUMNS,
  MM_COLUMNS,
} from "../lib/evaluate/results_csv.ts";
import { FINDINGS } from "../lib/inspect/inspection.ts";
import type { PredictionSettings } from "../lib/predict/entries.ts";
import { PREDICTION_FILES } from "../lib/predict/list_texts.ts";
import { PREDICTION_FIELDS } from "../lib/predict/prediction_fields.ts";
import { FILES } from "../lib/run/run_folder.ts";
import { DEFAULT_SETTINGS, runConfigToJson, SETTINGS_FIELDS } from "../lib/run/run_settings.ts";
import { CONFIG_FIELDS, DEFAULT_CONFIG } from "../lib/train/config.ts";
import { historyColumns } from "../lib/train/progress_json.ts";
import { measurementColumns } from "./support/measurements.ts";
import { filesOf } from "./support/small_data.ts";

const PAGES = new Map(
  [...filesOf("docs")].filter(([name]) => name.endsWith(".md")).map((
    [name, bytes],
  ) => [name, new TextDecoder().decode(bytes)]),
);
const COMMANDS = {
  "training.md": [trainCommand()],
  "predicting.md": [predictCommand(), mergeCommand()],
  "evaluate.md": [evaluateCommand(), compareCommand()],
  "data.md": [phantomsCommand()],
  "inspect.md": [inspectCommand()],
  "exchange.md": [importCommand(), exportCommand()],
  "page.md": [pageCommand()],
  "report.md": [reportCommand()],
  "run-folder.md": [verifyCommand(), runsCommand()],
  "profiling.md": [profileCommand(), doctorCommand()],
};

Deno.test("the pages name every option of their command", () => {
  for (const [page, commands] of Object.entries(COMMANDS)) {
    for (const { long } of commands.flatMap(({ options }) => options)) {
      const named = new RegExp(`${long}(?![a-z-])`).test(PAGES.get(page)!);
      assert(named || page === "data.md" && long === "--data", `${page} lacks ${long}`);
    }
  }
});

Deno.test("the pages name no option that does not exist", () => {
  const all = Object.values(COMMANDS).flat().flatMap(({ options }) =>
    options.map(({ long }) => long)
  );
  // Of Deno, Slurm, TensorBoard and convmv.
  const others = [
    ...["--config", "--cwd", "--help", "--allow-read", "--allow-write"],
    ...["--array", "--wrap"],
    ...["--notest", "--logdir"],
  ];
  for (const [page, text] of PAGES) {
    for (const [option] of text.matchAll(/--[a-z][a-z-]*/g)) {
      assert([...all, ...others].includes(option), `${page} speaks of ${option}`);
    }
  }
});

Deno.test("docs/inspect.md names every kind of finding with its severity", () => {
  const page = PAGES.get("inspect.md")!;
  for (const [kind, [severity]] of Object.entries(FINDINGS)) {
    assert(new RegExp(`^\\|.*\`${kind}\`.*\\| ${severity} \\|`, "m").test(page), kind);
  }
});

Deno.test("docs/run-folder.md names every file, setting and column", () => {
  const page = PAGES.get("run-folder.md")!;
  const settings = Object.keys(runConfigToJson(DEFAULT_CONFIG, DEFAULT_SETTINGS));
  for (const name of [...Object.values(FILES), ...settings, ...historyColumns(true)]) {
    assert(page.includes(`\`${name}`), `run-folder.md lacks ${name}`);
  }
});

Deno.test("docs/evaluate.md names every file and column", () => {
  const page = PAGES.get("evaluate.md")!;
  const columns = [METRICS_COLUMNS, AGAINST_COLUMNS, MM_COLUMNS, AGAINST_MM_COLUMNS].flat();
  for (const name of [...Object.values(EVALUATION_FILES), ...columns]) {
    assert(page.includes(`\`${name}`), `evaluate.md lacks ${name}`);
  }
});

Deno.test("docs/predicting.md names every file, column and field", () => {
  const page = PAGES.get("predicting.md")!;
  const settings: readonly (keyof PredictionSettings)[] = [
    "sonoseg",
    "model",
    "model_sha256",
    "engine",
    "threshold",
    "network_width",
    "network_height",
    "fit",
    "mean",
    "std",
    "tta",
    "min_area_px",
    "keep_largest",
    "mm_per_px",
    "spacings",
    "spacings_sha256",
  ];
  for (const name of [...Object.values(PREDICTION_FILES), ...measurementColumns(), ...settings]) {
    assert(page.includes(`\`${name}`), `predicting.md lacks ${name}`);
  }
});

Deno.test("docs/exchange.md shows the PyTorch module that the tests load", () => {
  const module = Deno.readTextFileSync("tests/interop/unet.py");
  assert(PAGES.get("exchange.md")!.includes("```python\n" + module + "```\n"));
});

/** The rows of a page's tables of options, by the flag with its value. */
function optionRows(page: string): Map<string, { byDefault: string; meaning: string }> {
  const row = /^\| `(--[a-z-]+)( [A-Z]+)?`[^|]*\| ([^|]*?) ?\| (.*) \|$/gm;
  return new Map(
    [...PAGES.get(page)!.replaceAll(" | | ", " |  | ").matchAll(row)]
      .map(([, flag, value = "", byDefault, meaning]) => [flag + value, { byDefault, meaning }]),
  );
}

for (
  const [page, fields] of Object.entries({
    "training.md": { ...CONFIG_FIELDS, ...SETTINGS_FIELDS },
    "predicting.md": PREDICTION_FIELDS,
  })
) {
  Deno.test(`docs/${page} has a row for each field: its flag, its default, its sentence`, () => {
    const rows = optionRows(page);
    for (const [name, field] of Object.entries<Field<unknown>>(fields)) {
      const flag = FLAGS[name as keyof typeof FLAGS];
      const row = rows.get(flag.replace(/<(.*)>/, (_, value) => value.toUpperCase()));
      assert(row, `${page} has no row for ${flag}`);
      const { default: value, unset = "" } = field;
      const shown = value === null ? unset : value === false ? "no" : String(value);
      assertEquals(row.byDefault.replaceAll("`", ""), shown, flag);
      // Both sides of the size share a row, which says more.
      if (flag === FLAGS.width) continue;
      const meaning = row.meaning.replaceAll("`", "");
      assertEquals(
        meaning.slice(0, field.says.length).toLowerCase(),
        field.says.toLowerCase(),
        flag,
      );
    }
  });
}

Deno.test("docs/augmentation.md has a row for each ingredient: its parameters, defaults, bounds", () => {
  const page = PAGES.get("augmentation.md")!;
  for (const [name, parameters] of Object.entries(INGREDIENTS)) {
    const row = page.split("\n").find((line) => line.startsWith(`| \`${name}\` |`));
    assert(row, `augmentation.md has no row for ${name}`);
    const listed = Array.from(
      row.matchAll(/`(\w+)` ([\d.]+) \(([\d.]+) to ([\d.]+)\)/g),
      ([, key, byDefault, from, to]) => [key, Number(byDefault), Number(from), Number(to)],
    );
    const rules = Object.entries<Parameter>(parameters);
    assertEquals(listed, rules.map(([key, rule]) => [key, rule.default, rule.from, rule.to]));
  }
  for (const [name, sum] of Object.entries(POLICIES)) {
    if (name !== "none") assert(page.replaceAll(/\s+/g, " ").includes(`\`${name}\` is \`${sum}\``));
  }
});

Deno.test("docs/training.md names what may change when a run goes on", () => {
  const page = PAGES.get("training.md")!;
  const [, list] = /only\s+these\s+may\s+be\s+given\s+beside `--resume`:([^.]*)\./.exec(page)!;
  const named = [...list.matchAll(/--[a-z-]+/g)].map(([flag]) => flag);
  const resumable = Object.entries({ ...CONFIG_FIELDS, ...SETTINGS_FIELDS })
    .filter(([, field]) => field.resumable).map(([name]) => flagOf(name));
  assertEquals(named.toSorted(), resumable.toSorted());
});

Deno.test("the pages link to files and headings that exist, and the README to every page", () => {
  const readme = Deno.readTextFileSync("README.md");
  const linked = new Set<string>();
  for (const [page, text] of [...PAGES, ["../README.md", readme]]) {
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [file, heading] = target.split("#");
      const path = new URL(file || page, `file:///docs/${page}`).pathname.slice(1);
      assert(isFile(path), `${page} links to ${target}`);
      if (page === "../README.md") linked.add(path);
      if (heading === undefined) continue;
      const headings = headingsOf(Deno.readTextFileSync(path));
      assert(headings.includes(heading), `${page} links to ${target}`);
    }
  }
  for (const page of PAGES.keys()) {
    assert(linked.has(`docs/${page}`), `README.md lacks docs/${page}`);
  }
});

/** The names by which links call the headings of a page. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
