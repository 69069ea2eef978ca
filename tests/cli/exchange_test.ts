import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { writePth } from "../../lib/formats/pth_writer.ts";
import { readStateDict } from "../../lib/formats/state_dict.ts";
import { encodeModel } from "../../lib/model/checkpoint.ts";
import { decodeWeights } from "../../lib/model/weights_file.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { stateDictOf } from "../../lib/network/state_dict.ts";
import { checkWeights } from "../../lib/network/weights.ts";
import { networkOfConfig } from "../../lib/train/config.ts";
import { TASK } from "../../lib/cli/words/task.ts";
import { run } from "../support/program.ts";
import { messagesIn, textsIn } from "../support/protobuf.ts";
import { trainedWeights } from "../support/random_weights.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { withTrained } from "../support/trained.ts";

const TRAIN = ["--size", "32", "--base-channels", "2", "--epochs", "1"];
const IMAGE = "benign/benign (1).png";

/** Runs a command that must succeed in silence on stderr; returns what it said. */
async function done(command: string, data: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, data, ...args);
  assertEquals([code, stderr], [0, ""], args.join(" "));
  return stdout;
}

Deno.test("a model goes to PyTorch's format and back, predicts the same and is trained on", () =>
  withTrained(6, [[...TRAIN, "--name", "a"]], async (data) => {
    const exported = await done("export", data, "a", "--to", "pth");
    for (
      const words of ["runs/a/best.safetensors", "transposed", "30,715", "32x32", "runs/a/best.pth"]
    ) {
      assertStringIncludes(exported, words);
    }
    const read = (file: string) => readStateDict(Deno.readFileSync(`${data}/${file}`)).tensors;
    const best = read("runs/a/best.safetensors");
    assertEquals(read("runs/a/best.pth"), best);

    const imported = await done("import", data, "runs/a/best.pth", "--out", "b.safetensors");
    for (const words of ["PyTorch", "base width", "32x32, mean 0.485", "b.safetensors"]) {
      assertStringIncludes(imported, words);
    }
    assertEquals(read("b.safetensors"), best);
    Deno.writeFileSync(`${data}/bare.pth`, writePth(best));
    assertStringIncludes(await done("import", data, "bare.pth"), "not told by the file");

    await done("predict", data, IMAGE, "--out", "first");
    const files = ["mask", "probability", "overlay"].map((kind) => `benign (1)_${kind}.png`);
    const models = [["runs/a/best.pth"], ["b.safetensors"], ["bare.pth", "--size", "32"]];
    for (const model of models) {
      const out = `of ${model[0].replaceAll("/", " ")}`;
      await done("predict", data, IMAGE, "--model", ...model, "--out", out);
      for (const file of files) {
        assertEquals(filesOf(`${data}/${out}`).get(file), filesOf(`${data}/first`).get(file), file);
      }
    }

    const trained = await done(
      "train",
      data,
      ...["--weights", "runs/a/best.pth", "--epochs", "1", "--name", "on"],
    );
    assertStringIncludes(trained, "epoch 1/1");
    const manifest = JSON.parse(Deno.readTextFileSync(`${data}/runs/on/manifest.json`));
    assertEquals(manifest.weights.file, "runs/a/best.pth");
    const { base, width } = JSON.parse(Deno.readTextFileSync(`${data}/runs/on/config.json`));
    assertEquals([base, width], [2, 32]);
  }));

Deno.test("export to safetensors keeps what is known of the training, without the optimiser", () =>
  withTrained(6, [[...TRAIN, "--name", "a"]], async (data) => {
    const last = "runs/a/last.safetensors";
    await done("export", data, last, "--to", "safetensors", "--out", "m.safetensors");
    // After one epoch the last model is the best one.
    const [copy, best] = ["m.safetensors", "runs/a/best.safetensors"].map((file) =>
      Deno.readFileSync(`${data}/${file}`)
    );
    assertEquals(copy, best);
    assertStringIncludes(
      await done("predict", data, IMAGE, "--model", "m.safetensors"),
      "input 32x32",
    );
  }));

Deno.test("export to ONNX names the model's input, free or fixed", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    await done("train", data, ...TRAIN, "--mean", "0.25", "--name", "a");
    await done("export", data, "runs/a/", "--to", "onnx");
    await done("export", data, "a", "--to", "onnx", "--size", "48x40", "--out", "fixed.onnx");
    const free = Deno.readFileSync(`${data}/runs/a/best.onnx`);
    const fixed = Deno.readFileSync(`${data}/fixed.onnx`);
    const metadata = (model: Uint8Array) =>
      new Map(
        messagesIn(model, 14).map((entry) => [textsIn(entry, 1)[0], textsIn(entry, 2)[0]]),
      );
    for (const model of [free, fixed]) {
      assertEquals(["mean", "size", "epoch"].map((key) => metadata(model).get(key)), [
        "0.25",
        "32x32",
        "1",
      ]);
    }
    const inside = metadata(free);
    const parts: { images: number; lesion_free: number }[] = Object.values(
      JSON.parse(inside.get("data")!),
    );
    const sum = (key: "images" | "lesion_free") => parts.reduce((all, part) => all + part[key], 0);
    assertEquals([sum("images"), sum("lesion_free")], [6, 1]);
    assertEquals(JSON.parse(inside.get("test_vector")!).logits.length, 64);
    assertEquals([metadata(fixed).has("data"), metadata(fixed).has("test_vector")], [true, false]);
    assert(free.length !== fixed.length, "the size changes the graph");
  }));

Deno.test("predict --check-model and doctor --model hold the machine against the model's test vector", () =>
  withTrained(6, [[...TRAIN, "--name", "a"]], async (data) => {
    const model = "runs/a/best.safetensors";
    const said = await done("predict", data, IMAGE, "--check-model", "--out", "good");
    assertStringIncludes(said, "verified 64 logits");
    await done("export", data, "a", "--to", "safetensors", "--out", "copy.safetensors");
    await done(
      "predict",
      data,
      IMAGE,
      "--check-model",
      "--model",
      "copy.safetensors",
      "--out",
      "copy",
    );

    // What a machine with a wrong kernel would see: other logits than the card's.
    const { weights, info } = await decodeWeights(Deno.readFileSync(`${data}/${model}`), model);
    const { card, config } = info!;
    const { testVector } = card!;
    const logits = testVector.logits.map((logit, index) => index === 40 ? logit + 0.1 : logit);
    const floats = checkWeights(graphOf(networkOfConfig(config)), weights, model);
    const state = { weights: floats, step: 0, batchesTracked: 2 };
    const wrong = { ...info!, card: { ...card!, testVector: { ...testVector, logits } } };
    Deno.writeFileSync(`${data}/wrong.safetensors`, await encodeModel(state, wrong));
    const { card: _, ...bare } = info!;
    Deno.writeFileSync(`${data}/bare.safetensors`, await encodeModel(state, bare));
    const refuses = async (code: number, words: string, file: string) => {
      const options = ["--check-model", "--model", file, "--out", "bad"];
      const ended = await run("predict", data, IMAGE, ...options);
      assertStringIncludes(ended.stderr, words);
      assertEquals(ended.code, code);
      assertEquals([...filesOf(data).keys()].some((name) => name.startsWith("bad/")), false);
    };
    await refuses(3, "largest error 1.0e-1", "wrong.safetensors");
    await refuses(2, "carries no test vector", "bare.safetensors");

    const examined = (file: string) =>
      run("doctor", data, "--device", "cpu", "--no-speed", "--model", file);
    const healthy = await examined(model);
    assertEquals([healthy.code, healthy.stderr], [0, ""]);
    assertStringIncludes(healthy.stdout, "The model on the CPU: as it should be (64 logits");
    const ill = await examined("wrong.safetensors");
    assertEquals([ill.code, ill.stderr], [3, ""]);
    assertStringIncludes(ill.stdout, "largest error 1.0e-1");
    const none = await examined("bare.safetensors");
    assertEquals([none.code, none.stdout], [2, ""]);
  }));

Deno.test("a model of three channels and two classes is imported, predicts and is trained on", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const network = { inChannels: 3, classes: 2, base: 2, bilinear: true };
    const bytes = writePth(stateDictOf(graphOf(network), trainedWeights(network), 4));
    Deno.writeFileSync(`${data}/rgb.pth`, bytes);
    const note = "note: made for 3 channels and 2 classes";
    const said = await done("import", data, "rgb.pth");
    for (const words of ["channels      1", "classes       1", "bilinear", note, "mean 0, std 1"]) {
      assertStringIncludes(said, words);
    }
    assertStringIncludes(said, `${TASK} import its --mean and --std`);
    const predict = (model: string, out: string) =>
      done("predict", data, IMAGE, "--model", model, "--size", "32", "--out", out);
    assertStringIncludes(await predict("rgb.pth", "a"), note);
    await predict("rgb.safetensors", "b");
    const probabilities = (out: string) =>
      filesOf(`${data}/${out}`).get("benign (1)_probability.png");
    assertEquals(probabilities("b"), probabilities("a"));
    const { mean, std } = JSON.parse(Deno.readTextFileSync(`${data}/b/predictions.json`));
    assertEquals([mean, std], [0, 1]);
    const weights = ["--weights", "rgb.pth", "--size", "32", "--epochs", "1", "--name", "on"];
    assertStringIncludes(await done("train", data, ...weights), note);
    const config = JSON.parse(Deno.readTextFileSync(`${data}/runs/on/config.json`));
    assertEquals([config.mean, config.std], [0, 1]);
  }));

Deno.test("import stores how the input is scaled, and says what is assumed without", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const network = { inChannels: 1, classes: 1, base: 2, bilinear: true };
    const state = stateDictOf(graphOf(network), trainedWeights(network), 4);
    Deno.writeFileSync(`${data}/a.pth`, writePth(state));
    const plain = await done("import", data, "a.pth", "--out", "plain.safetensors");
    assertStringIncludes(plain, "mean 0.485, std 0.229");
    assertStringIncludes(plain, "--mean 0 --std 1");
    const told = await done("import", data, "a.pth", "--mean", "0", "--std", "1");
    assert(told.includes("mean 0, std 1") && !told.includes("--std"), told);
    for (
      const [model, scaling] of [["a.safetensors", [0, 1]], ["plain.safetensors", [0.485, 0.229]]]
    ) {
      const out = `of ${model}`;
      await done("predict", data, IMAGE, "--model", String(model), "--size", "32", "--out", out);
      const { mean, std } = JSON.parse(Deno.readTextFileSync(`${data}/${out}/predictions.json`));
      assertEquals([mean, std], scaling);
    }
    const before = filesOf(data);
    const bad = await run("import", data, "a.pth", "--std", "0", "--out", "b.safetensors");
    assertStringIncludes(bad.stderr, "--std is 0");
    assertEquals([bad.code, filesOf(data)], [2, before]);
  }));

Deno.test("import and predict find the network in a script's checkpoint, and say what they left out", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const network = { inChannels: 1, classes: 1, base: 2, bilinear: true };
    const state = stateDictOf(graphOf(network), trainedWeights(network), 4);
    const inside = Object.fromEntries(
      Object.entries(state).map(([name, tensor]) => [`unet.${name}`, tensor]),
    );
    const loss = { shape: [1], data: Float32Array.of(3) };
    Deno.writeFileSync(`${data}/a.ckpt`, writePth({ ...inside, "criterion.pos_weight": loss }));
    const note = "note: left out: 1 tensor beside the network (criterion.pos_weight)";
    assertStringIncludes(await done("import", data, "a.ckpt", "--out", "a.safetensors"), note);
    const said = await done("predict", data, IMAGE, "--model", "a.ckpt", "--size", "32");
    assertStringIncludes(said, note);
    const { tensors } = readStateDict(Deno.readFileSync(`${data}/a.safetensors`));
    assertEquals(Object.keys(tensors).sort(), Object.keys(state).sort());
  }));

Deno.test("import and export refuse bad requests by one sentence each, and write nothing", () =>
  inTemporaryFolder(async (data) => {
    const network = { inChannels: 1, classes: 1, base: 2, bilinear: true };
    const bytes = writePth(stateDictOf(graphOf(network), trainedWeights(network), 0));
    Deno.writeFileSync(`${data}/a.pth`, bytes);
    Deno.writeTextFileSync(`${data}/a.safetensors`, "mine");
    Deno.writeTextFileSync(`${data}/notes.txt`, "no model at all");
    const before = filesOf(data);
    const refuses = async (words: string, command: string, ...args: string[]) => {
      const { code, stderr } = await run(command, data, ...args);
      assertStringIncludes(stderr, words);
      assert(stderr.startsWith("error: ") && !stderr.includes("    at "), stderr);
      assertEquals(code, 2);
      assertEquals(filesOf(data), before, args.join(" "));
    };
    await refuses("a.safetensors is there already", "import", "a.pth");
    await refuses("ends with .safetensors", "import", "a.pth", "--out", "b.pth");
    await refuses("outside the data directory", "import", "a.pth", "--out", "../b.safetensors");
    await refuses("notes.txt cannot be used", "import", "notes.txt");
    await refuses("none.pth", "import", "none.pth");
    const four = { ...network, classes: 4 };
    Deno.writeFileSync(
      `${data}/four.pth`,
      writePth(stateDictOf(graphOf(four), trainedWeights(four), 0)),
    );
    before.set("four.pth", Deno.readFileSync(`${data}/four.pth`));
    await refuses("4 classes", "import", "four.pth");
    await refuses("has this format already", "export", "a.pth", "--to", "pth");
    await refuses("nor the name of a run", "export", "none", "--to", "pth");
    await refuses("--to <format>", "export", "a.pth");
    await refuses("--size is for --to onnx", "export", "a.pth", "--to", "pth", "--size", "64");
    const small = ["a.pth", "--to", "onnx", "--size", "8", "--out", "b.onnx"];
    await refuses("at least 16", "export", ...small);
  }));
