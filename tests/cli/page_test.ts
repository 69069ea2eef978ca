import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../support/program.ts";
import { withTrained } from "../support/trained.ts";

const TRAIN = ["--size", "32", "--base-channels", "2", "--epochs", "1"];

Deno.test("page writes one file with the model in it, again over its own, never over another", () =>
  withTrained(6, [[...TRAIN, "--name", "a"]], async (data) => {
    const page = async (...args: string[]) => {
      const { code, stdout, stderr } = await run("page", data, ...args);
      return { code, said: stdout + stderr };
    };
    for (let k = 0; k < 2; k++) {
      const { code, said } = await page();
      assertEquals(code, 0, said);
      assertStringIncludes(said, `Written: ${Deno.realPathSync(data)}/runs/a/page.html`);
      assertStringIncludes(said, "For research only");
    }
    const text = Deno.readTextFileSync(`${data}/runs/a/page.html`);
    const model = Deno.readFileSync(`${data}/runs/a/best.safetensors`);
    assertStringIncludes(text, `id="model">${model.toBase64()}</script>`);
    assertStringIncludes(text, "SHA-256");
    assert(!/connect-src|unsafe-inline|'unsafe-eval'/.test(text.slice(0, 2000)));
    assertStringIncludes(text.slice(0, 2000), "default-src &#39;none&#39;");

    assertEquals((await page("runs/a/best.safetensors", "--out", "pages/b.html")).code, 0);
    assert(Deno.statSync(`${data}/pages/b.html`).isFile);
    const refused: [readonly string[], string][] = [
      [["a", "--out", "runs/a/report.html"], "runs/a/report.html exists and is no page of a model"],
      [["a", "--out", "runs/a"], "--out runs/a is no name of a page"],
      [["a", "--out", "../b.html"], "b.html"],
      [["b"], "b is neither a model file in the data directory nor the name of a run"],
      [["runs/a/config.json"], "it is JSON, not a model"],
    ];
    for (const [args, words] of refused) {
      const { code, said } = await page(...args);
      assertEquals(code, 2, said);
      assertStringIncludes(said, words);
    }
  }));
