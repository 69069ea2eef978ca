import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/csv";
import { run } from "../support/program.ts";
import { filesOf } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

Deno.test("demo comes to a validation Dice above 0.85, shows it, and can be run again", () =>
  inTemporaryFolder(async (data) => {
    const { code, stdout, stderr } = await run("demo", data);
    assertEquals([code, stderr], [0, ""]);
    const files = filesOf(data);
    const history = parse(new TextDecoder().decode(files.get("runs/demo/history.csv")), {
      skipFirstRow: true,
    });
    assert(Math.max(...history.map((row) => Number(row.val_dice))) > 0.85);
    for (const file of ["contact_sheet.png", "loss.png", "predictions/predictions.json"]) {
      assert(files.has(`runs/demo/${file}`), file);
      assertStringIncludes(stdout, file.split("/")[0]);
    }

    const again = await run("demo", data);
    assertEquals(again.code, 0, again.stderr);
    assertStringIncludes(again.stdout, "all of them there already");
    const [first, second] = ["demo", "demo-2"].map((name) =>
      Deno.readFileSync(`${data}/runs/${name}/last.safetensors`)
    );
    assertEquals(first, second);
  }));
