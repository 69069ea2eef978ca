import { assertEquals } from "@std/assert";
import { readPthSets } from "../../lib/formats/pth.ts";
import { dict, made, ONE, pthOf, SIX, text, wholes } from "../support/pickle.ts";

const PARTS = { _parameters: dict({ w: ONE }), _buffers: "}", _modules: "}" };

/** What is unusual of one layer `a.b` of a whole model. */
function unusual(layer: string, settings: Record<string, string> = {}): string | undefined {
  const [room, name] = layer.split(".");
  const inner = made(`torch.nn.modules.${room}`, name, {}, { ...PARTS, ...settings });
  const outer = made("__main__", "Block", {}, { ...PARTS, _modules: dict({ b: inner }) });
  const root = made("__main__", "UNet", {}, { ...PARTS, _modules: dict({ a: outer }) });
  const [set] = readPthSets(pthOf(root, { 0: SIX }));
  assertEquals([...set.shapes.keys()], ["w", "a.w", "a.b.w"]);
  return set.unusual?.get("a.b");
}

/** BINFLOAT. */
function float(value: number): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return `G${String.fromCharCode(...bytes)}`;
}

const pair = (value: number) => wholes([value, value]);

Deno.test("a layer of a U-Net is not unusual, nor is one that has no part in its logits", () => {
  const usual: [string, Record<string, string>][] = [
    ["activation.ReLU", { inplace: "\x88" }],
    ["activation.Sigmoid", {}],
    ["dropout.Dropout2d", { p: float(0.5) }],
    ["batchnorm.BatchNorm2d", { eps: float(1e-5) }],
    ["conv.Conv2d", { kernel_size: pair(3), padding: pair(1), stride: pair(1) }],
    ["conv.Conv2d", { kernel_size: pair(1), padding: pair(0), padding_mode: text("zeros") }],
    ["conv.ConvTranspose2d", { stride: pair(2), padding: pair(0) }],
    ["pooling.MaxPool2d", { kernel_size: "K\x02", stride: "K\x02", ceil_mode: "\x89" }],
    ["upsampling.Upsample", { mode: text("bilinear"), align_corners: "\x88" }],
    ["loss.BCEWithLogitsLoss", {}],
  ];
  for (const [layer, settings] of usual) assertEquals(unusual(layer, settings), undefined, layer);
});

Deno.test("a layer that computes something else than a U-Net's is named with the reason", () => {
  const cases: [string, Record<string, string>, string][] = [
    ["activation.LeakyReLU", {}, "LeakyReLU"],
    ["activation.GELU", {}, "GELU"],
    ["pooling.AvgPool2d", {}, "AvgPool2d"],
    [
      "batchnorm.BatchNorm2d",
      { eps: float(1e-3) },
      "BatchNorm2d with eps 0.001 (0.00001 is needed)",
    ],
    [
      "conv.Conv2d",
      { kernel_size: pair(3), padding: pair(0) },
      "Conv2d of 3x3 without padding",
    ],
    ["conv.Conv2d", { dilation: pair(2) }, "Conv2d with dilation 2,2 (1,1 is needed)"],
    [
      "upsampling.Upsample",
      { mode: text("nearest") },
      'Upsample with mode "nearest" ("bilinear" is needed)',
    ],
    [
      "upsampling.Upsample",
      { mode: text("bilinear"), align_corners: "\x89" },
      "Upsample with align_corners false (true is needed)",
    ],
    [
      "pooling.MaxPool2d",
      { kernel_size: "K\x03" },
      "MaxPool2d with kernel_size 3 (2 is needed)",
    ],
  ];
  for (const [layer, settings, says] of cases) assertEquals(unusual(layer, settings), says);
});
