import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { joined } from "../../lib/core/joined.ts";
import { readStateDict } from "../../lib/formats/state_dict.ts";
import { program } from "../support/pickle.ts";
import { craftZip, fields } from "../support/zip.ts";

const padded = (text: string) => program(text + "\0".repeat(64));
const zipOf = (...names: string[]) =>
  craftZip(names.map((name) => ({ name, bytes: program("x") })));

/** An archive with a 64-bit end record, as PyTorch writes it. */
function wideZip(): Uint8Array {
  const entry = { name: "archive/data.pkl", bytes: program("x") };
  const recordAt = craftZip([entry]).length - 22;
  const sizes = [[8, 1], [8, 1], [8, 0], [8, 0]] as const;
  const record = fields([4, 0x06064b50], [8, 44], [4, 0], [8, 0], ...sizes);
  const locator = fields([4, 0x07064b50], [4, 0], [8, recordAt], [4, 1]);
  return craftZip([entry], { before: joined([record, locator]) });
}

const FILES: [what: string, bytes: Uint8Array, says: string][] = [
  ["nothing", new Uint8Array(0), "empty"],
  ["zeros", new Uint8Array(64), "zeros alone"],
  ["a Keras model", padded("\x89HDF\r\n\x1a\n"), "HDF5"],
  [
    "a pointer",
    program("version https://git-lfs.github.com/spec/v1\noid sha256:ab\n"),
    "git lfs pull",
  ],
  ["a web page", program("<!DOCTYPE html><html><title>Virus scan</title></html>"), "web page"],
  ["a page after a space", program("\n <html lang=en></html>"), "web page"],
  ["a page with a byte order mark", program("\xef\xbb\xbf<!doctype html>"), "web page"],
  ["an answer that looks like a header", program('{"data":{"a":1}}'), "JSON"],
  ["an answer of a server", program('{"error": "not found"}'), "JSON"],
  ["a TensorFlow Lite model", padded("\x1c\0\0\0TFL3"), "TensorFlow Lite"],
  ["an ONNX model", padded("\x08\x08\x12\x07pytorch"), "ONNX"],
  ["a SavedModel", padded("\x08\x01\x12\x85\x01\x0a"), "SavedModel"],
  ["an array", padded("\x93NUMPY\x01\0"), ".npy"],
  ["a packed file", padded("\x1f\x8b\x08"), "gzip"],
  ["a tar archive", program(`${"a".repeat(257)}ustar`), "tar archive"],
  ["a picture", padded("\x89PNG\r\n\x1a\n"), "PNG image"],
  ["an old pickle", program("(dp0\nS'a'\n"), "old protocol"],
  ["a binary pickle of an old protocol", program("}q\0X\x01\0\0\0aK\x01s."), "old protocol"],
  ["a part of a page", program("<script>location = '/login'</script>"), "web page"],
  ["a server's error", program('<?xml version="1.0"?><Error>AccessDenied</Error>'), "XML"],
  ["an answer in words", program("404: Not Found\n"), 'begins with "404: Not Found"'],
  ["a configuration", program("\nlr: 0.1\r\nmodel: unet\n"), 'begins with "lr: 0.1"'],
  ["an animation", padded("GIF89a"), "GIF image"],
  ["a Keras archive", zipOf("config.json", "metadata.json", "model.weights.h5"), "Keras"],
  ["arrays", zipOf("a.npy", "b.npy"), ".npz"],
  ["a model in an archive", zipOf("models/unet.pth", "readme.txt"), "unpack it"],
  ["a program of torch.export", zipOf("a/archive_format", "a/models/model.json"), "torch.export"],
  ["TorchScript", zipOf("m/data.pkl", "m/code/a.py"), "torch.jit.load"],
  ["a model that was packed again", zipOf("m/data.pkl", "__MACOSX/._m"), "packed again"],
  ["a model that was packed without its folder", zipOf("data.pkl", "data/0"), "packed again"],
  ["a model that was packed in a folder", zipOf("x/m/data.pkl", "x/m/data/0"), "packed again"],
  ["an archive with a comment", joined([zipOf("m/data.pkl"), program("hello")]), "5 bytes behind"],
  ["archives behind each other", joined([wideZip(), wideZip()]), "dcp_to_torch"],
  ["some other archive", zipOf("word/document.xml", "x.xml"), "not one that torch.save wrote"],
];

for (const [what, bytes, says] of FILES) {
  Deno.test(`a file that is ${what} is called by its name`, () => {
    const { message } = assertThrows(() => readStateDict(bytes), InputError);
    assertStringIncludes(message, says);
    assert(!message.includes("\n") && message.length < 300, message);
  });
}

Deno.test("the names of files do not catch models", () => {
  const header = `{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`;
  const bytes = program(`${String.fromCharCode(header.length)}\0\0\0\0\0\0\0${header}\0\0\0\0`);
  assertEquals(readStateDict(bytes).tensors.t.data, Float32Array.of(0));
});
