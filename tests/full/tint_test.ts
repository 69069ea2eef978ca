/**
 * A second compiler: Tint, that of Chromium, takes every shader text of the engine without an error
 * or a warning. It analyses more than naga, which Deno uses: whether barriers and derivatives lie
 * in uniform control flow, for example.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { doctorCases } from "../../lib/engine/doctor_cases.ts";
import { KERNELS } from "../../lib/engine/gpu/kernels.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import type { Network } from "../../lib/network/network.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import { planEvaluation, planPrediction, planTraining } from "../../lib/plan/planners.ts";
import { EVERYTHING } from "../support/everything.ts";
import { sum } from "../support/one_step.ts";
import { inHalves } from "../support/property.ts";
import { HARDWARE, type Shader, shadersOf } from "../support/shader_texts.ts";
import { callIn, chromium, withSwiftShader } from "../support/swiftshader.ts";
import { TILE_PROGRAMS } from "../support/tile_programs.ts";

/** Bases of 64, 16 and odd ones, with both decoders; each at its height, width and images. */
const NETWORKS: readonly (readonly [Network, height: number, width: number, n: number])[] = [
  [unet(64, false), 512, 512, 4],
  [unet(64, true), 256, 384, 1],
  [unet(16, false), 128, 96, 2],
  [unet(16, true), 128, 128, 2],
  [unet(7, false), 97, 130, 3],
  [unet(3, true), 37, 53, 2],
  [{ ...EVERYTHING, base: 16, widthCap: 64 }, 64, 64, 2],
  [EVERYTHING, 37, 53, 2],
  [{ ...unet(16, false), norm: "group", dropout: 0.2 }, 64, 64, 2],
  [{ ...unet(4, true), inChannels: 3, classes: 2 }, 37, 53, 2],
];

function unet(base: number, bilinear: boolean): Network {
  return { inChannels: 1, classes: 1, base, bilinear };
}

function* plans(): Generator<Plan> {
  for (const [network, height, width, n] of NETWORKS) {
    const input = network.inChannels === 1 ? {} : { input: "plane" as const };
    const shape = { n, height, width, mean: 0.485, std: 0.229, ...input };
    for (const plan of [planTraining, planEvaluation, planPrediction]) {
      yield plan(graphOf(network), shape);
    }
    yield planTraining(graphOf(network), shape, { precision: "mixed" });
  }
  for (const { plan } of doctorCases()) yield plan;
  for (const program of Object.values(TILE_PROGRAMS)) {
    yield program().plan;
    yield inHalves(program()).plan;
  }
  // A sum of nothing clears its result; no network above has one.
  yield sum([1, 5, 6, 7], []).plan;
}

/** Shaders per call, so that no message to the browser is very long. */
const PORTION = 50;

/** The most invocations of a workgroup that SwiftShader takes. */
const MOST_INVOCATIONS = 256;

Deno.test({
  name: "Tint compiles every shader text without an error or a warning",
  ignore: chromium === undefined,
  fn: async () => {
    const all = new Map<string, Shader>();
    for (const tiled of [false, true]) {
      for (const shader of shadersOf(plans(), { ...HARDWARE, tiled })) {
        all.set(`${shader.entry}\n${shader.code}`, shader);
      }
    }
    const shaders = [...all.values()];
    const entries = Object.entries(KERNELS).flatMap(([name, kernel]) =>
      kernel.entries.map((entry) => `${name} ${entry}`)
    );
    const found = new Set(shaders.map(({ kernel, entry }) => `${kernel} ${entry}`));
    assertEquals(entries.filter((entry) => !found.has(entry)), [], "shaders of no plan");

    // SwiftShader compiles slowly: one pipeline of each entry point and size of a workgroup.
    const known = new Set<string>();
    const isNew = ({ kernel, entry, group }: Shader) => {
      const key = `${kernel} ${entry} ${group}`;
      const isOne = group <= MOST_INVOCATIONS && !known.has(key);
      known.add(key);
      return isOne;
    };
    const asked = shaders.map((shader) => ({ ...shader, pipeline: isNew(shader) }));
    const complaints = await withSwiftShader(async (page) => {
      const complaints: string[] = [];
      for (let first = 0; first < asked.length; first += PORTION) {
        complaints.push(...await callIn(page, compile, asked.slice(first, first + PORTION)));
      }
      const broken = [{ ...asked[0], code: asked[0].code.replace("fn ", "fn fn ") }];
      assert((await callIn(page, compile, broken)).length > 0, "an error would be noticed");
      return complaints;
    });
    assertEquals([...new Set(complaints)], []);
    const pipelines = asked.filter(({ pipeline }) => pipeline).length;
    console.log(`Tint compiled ${shaders.length} shaders and made ${pipelines} pipelines`);
  },
});

/** What the compiler says about shaders. Runs in the page. */
async function compile(shaders: (Shader & { pipeline: boolean })[]): Promise<string[]> {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const { maxComputeWorkgroupStorageSize, maxStorageBuffersPerShaderStage } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredLimits: { maxComputeWorkgroupStorageSize, maxStorageBuffersPerShaderStage },
  });
  const complaints: string[] = [];
  for (const { kernel, entry, bindings, code, pipeline } of shaders) {
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ code });
    for (const { type, lineNum, message } of (await module.getCompilationInfo()).messages) {
      const line = code.split("\n")[lineNum - 1];
      complaints.push(`${kernel}: ${type}: ${message}: ${line}`);
    }
    if (pipeline) {
      const layout = device.createBindGroupLayout({
        entries: Array.from({ length: bindings + 1 }, (_, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: binding === 0 ? "uniform" : "storage" },
        })),
      });
      try {
        await device.createComputePipelineAsync({
          layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
          compute: { module, entryPoint: entry },
        });
      } catch (error) {
        complaints.push(`${kernel} ${entry}: ${error}`);
      }
    }
    const error = await device.popErrorScope();
    if (error) complaints.push(`${kernel} ${entry}: ${error.message}`);
  }
  device.destroy();
  return complaints;
}
