/** Tables of patients as spreadsheets and data sets bring them. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { patientTableInWords, readPatientTable } from "../../lib/dataset/patient_table.ts";

const IMAGES = ["a/P1_1.png", "a/P1_2.png", "a/P2_1.png", "b/P1_2.png", "b/x.png"];

const utf8 = (text: string) => new TextEncoder().encode(text);

const table = (text: string, images = IMAGES, column?: string) =>
  readPatientTable(utf8(text), images, "t.csv", column);

const patientsIn = (bytes: Uint8Array) =>
  Object.fromEntries(readPatientTable(bytes, IMAGES, "t.csv").patients);

/** UTF-16 with a byte order mark. */
function utf16(text: string, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(2 + 2 * text.length);
  const view = new DataView(bytes.buffer);
  [..."\ufeff" + text].forEach((letter, i) =>
    view.setUint16(2 * i, letter.charCodeAt(0), littleEndian)
  );
  return bytes;
}

Deno.test("a table names images by their paths and by unambiguous names", () => {
  const csv = (rows: string) => () => table(`\ufefffile,age,patient\r\n${rows}`);
  const { patients, unknown } = csv(
    'a/P1_1.png,4,"Doe, J"\r\nP2_1.png,5,7\r\nother.png,6,8\r\nb/x.png,1,\r\n',
  )();
  assertEquals([...patients], [["a/P1_1.png", "Doe, J"], ["a/P2_1.png", "7"]]);
  assertEquals(unknown, ["other.png"]);
  assertThrows(csv("P1_2.png,1,2"), InputError, "a/P1_2.png or b/P1_2.png");
  assertThrows(csv("x.png,1,2\nb/x.png,1,3"), InputError, "b/x.png two patients, 2 and 3");
  assertThrows(csv("y.png,1,2"), InputError, "t.csv names none");
  assertThrows(() => table(""), InputError, "t.csv");
  assertThrows(csv('"x.png,1,2'), InputError, "no CSV table");
  assertThrows(csv("x.png,1,2,3"), InputError, "more columns than the first");
});

const ROWS = [["P2_1.png", "7"], ["x.png", "8"]];
const SAME = { "a/P2_1.png": "7", "b/x.png": "8" };
const text = (separator: string, end: string, header = ["file", "patient"]) =>
  [header, ...ROWS].map((cells) => cells.join(separator) + end).join("");

for (
  const [what, bytes] of [
    ["semicolons", utf8(text(";", "\n"))],
    ["tabs", utf8(text("\t", "\n"))],
    ["the separator in a line of its own", utf8(`sep=;\r\n${text(";", "\r\n")}`)],
    ["UTF-8 with a byte order mark", utf8(`\ufeff${text(",", "\n")}`)],
    ["UTF-16, little-endian", utf16(text(",", "\r\n"), true)],
    ["UTF-16, big-endian", utf16(text(",", "\r\n"), false)],
    ["UTF-16 without a byte order mark", utf16(text(",", "\r\n"), true).slice(2)],
    ["capitals in the header", utf8(text(",", "\n", ["File Name", "PATIENT_ID"]))],
    ["blank lines and CRLF", utf8(text(",", "\r\n\r\n") + "\r\n")],
    ["lines that end with CR", utf8(text(",", "\r"))],
    ["blanks around the values", utf8(text(" , ", "\n"))],
    ["rows of separators alone", utf8(text(",", "\n") + ",,,\n,\n")],
    ["quotes", utf8('"file";"patient"\n"P2_1.png";"7"\n"x.png";"8"\n')],
    ["names without ending", utf8("file,patient\nP2_1,7\nb/x,8\n")],
    ["backslashes", utf8("file,patient\na\\P2_1.png,7\n.\\b\\x.png,8\n")],
    ["a column of images of any name", utf8("Histology,ID,Case\nx,P2_1,7\ny,x,8\n")],
    ["paths beside other names", utf8("file,scan,patient\n1.dcm,P2_1,7\n2.dcm,x,8\n")],
  ] as const
) {
  Deno.test(`a table is read with ${what}`, () => assertEquals(patientsIn(bytes), SAME));
}

Deno.test("a quote that guards a name against spreadsheets is not part of it", () => {
  assertEquals([...table("file,patient\n'=1.png,7\n", ["=1.png"]).patients], [["=1.png", "7"]]);
});

Deno.test("the column of the patients can be given", () => {
  const csv = "ID,Case,Sex\nP2_1,7,f\nx,8,f\n";
  assertEquals(Object.fromEntries(table(csv, IMAGES, "Case").patients), SAME);
  assertEquals(new Set(table(csv, IMAGES, "sex").patients.values()), new Set(["f"]));
  assertThrows(
    () => table(csv, IMAGES, "Age"),
    InputError,
    'no column "Age"; it has ID, Case, Sex',
  );
  const error = assertThrows(() => table("ID,Who\nx,8\n"), InputError);
  assertStringIncludes(error.message, "it has ID, Who; name the column");
  assertStringIncludes(error.message, "patients t.csv:COLUMN");
  assertThrows(() => table("ID,patient,Patient\nx,8,9\n"), InputError, "2 columns patient");
});

Deno.test("a table may have paths of another machine, or the ends of paths", () => {
  const patients = (name: (image: string) => string, images = IMAGES) => {
    const rows = images.map((image, i) => `${name(image)},P${i}`).join("\n");
    return [...table(`file,patient\n${rows}`, images).patients];
  };
  const expected = IMAGES.map((image, i) => [image, `P${i}`]);
  assertEquals(patients((image) => `/kaggle/input/${image}`), expected);
  assertEquals(patients((image) => `C:\\scans\\${image.replace("/", "\\")}`), expected);
  assertEquals(patients((image) => `/x/${image.replace(".png", "")}`), expected);
  const deep = IMAGES.map((image) => `data/${image}`);
  assertEquals(
    patients((image) => image.slice("data/".length), deep),
    deep.map((image, i) => [image, `P${i}`]),
  );
  // A folder that no image lies in, and an end that two images have, tell no image.
  assertThrows(() => table("file,patient\nc/P1_1.png,1"), InputError, "names none");
  const two = ["m/a/x.png", "n/a/x.png"];
  assertThrows(
    () => table("file,patient\na/x.png,1", two),
    InputError,
    "could be m/a/x.png or n/a",
  );
});

Deno.test("names are compared in Unicode's form NFC", () => {
  const [composed, apart] = ["L\u00e4sion", "La\u0308sion"];
  for (const [inTable, onDisk] of [[composed, apart], [apart, composed]]) {
    const { patients } = table(`file,patient\n${inTable}.png,P1\n`, [`c/${onDisk}.png`]);
    assertEquals([...patients], [[`c/${onDisk}.png`, "P1"]]);
  }
  const { patients } = table(`file,patient\nx.png,${composed}\nP2_1.png,${apart}\n`);
  assertEquals(new Set(patients.values()).size, 1);
});

Deno.test("the words about a table name its columns and the rows of no image", () => {
  assertEquals(
    patientTableInWords(table("ID,Case\nx,1\n")),
    't.csv: images by "ID", patients by "Case"',
  );
  assertEquals(
    patientTableInWords(table("ID,Case\nx,1\ntypo1,1\n")),
    't.csv: images by "ID", patients by "Case"; 1 row names no image (typo1)',
  );
  assertStringIncludes(
    patientTableInWords(table("ID,Case\nx,1\nt1,1\nt2,1\nt3,1\nt4,1\n")),
    "; 4 rows name no image (t1, t2, t3, ...)",
  );
});

Deno.test("a table in Latin-1 is read as Windows-1252, and that is said", () => {
  const latin1 = Uint8Array.from("file,patient\nL\xe4sion.png,M\xfcller\n", (c) => c.charCodeAt(0));
  const read = readPatientTable(latin1, ["L\u00e4sion.png"], "t.csv");
  assertEquals([...read.patients], [["L\u00e4sion.png", "M\u00fcller"]]);
  assertStringIncludes(patientTableInWords(read), "no UTF-8 and was read as Windows-1252");
});

Deno.test("what is no table is called by its name", () => {
  const refused = (bytes: Uint8Array, words: string) =>
    assertThrows(() => readPatientTable(bytes, IMAGES, "t.csv"), InputError, words);
  const xlsx = Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 6, 0, 8, 0, 0xff, 0xfe);
  refused(xlsx, "seems to be a ZIP archive; save the table as CSV");
  refused(new Uint8Array(100), "no CSV table");
  refused(utf8(`file,patient\n${"x".repeat(2 ** 17)}`), "a line of more than 65536 letters");
  refused(utf8(`file,patient\n${"\n".repeat(1_000_001)}`), "at most 1000000");
});
