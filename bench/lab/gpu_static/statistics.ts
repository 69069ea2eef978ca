/**
 * What Mesa's compiler for AMD says of the engine's pipelines, on a machine without a GPU: builds
 * the Vulkan layer (layer.c), starts compile_pipelines.ts below it, and reads what the layer wrote.
 *
 * @module
 */

/** The GPU for which the driver compiles, by the name that RADV_FORCE_FAMILY takes. */
const FAMILY = "navi21";

const LAYER = "VK_LAYER_SONOSEG_pipeline_statistics";
const DRIVERS = "/usr/share/vulkan/icd.d";
const HEADER = "/usr/include/vulkan/vk_layer.h";

/** Debian's names of what is needed. */
const PACKAGES = "gcc, libvulkan-dev, libvulkan1 and mesa-vulkan-drivers";

/** Figures that a statistic has in files, by the driver's name of it. */
const FIGURES = {
  "VGPRs": "registers",
  "Spilled VGPRs": "spills",
  "Spilled SGPRs": "scalarSpills",
  "Scratch size": "scratchBytes",
  "LDS size": "workgroupBytes",
  "Subgroups per SIMD": "waves",
  "Instructions": "instructions",
} as const;

type Figure = typeof FIGURES[keyof typeof FIGURES];

/** A pipeline: vector registers of a lane, spills, waves that a SIMD unit holds, and so on. */
export type PipelineFigures = { readonly name: string } & Readonly<Record<Figure, number>>;

/** All pipelines, and what compiled them. */
export interface Statistics {
  /** The driver with its version, and the GPU. */
  readonly driver: string;
  readonly device: string;
  /** Deno's version: it translates WGSL to SPIR-V. */
  readonly deno: string;
  readonly pipelines: readonly PipelineFigures[];
}

/** What is missing on this machine, as one sentence; undefined when nothing is. */
export function missing(): string | undefined {
  const isThere = (command: string) => {
    try {
      return new Deno.Command(command, { args: ["--version"], stdout: "null" }).outputSync()
        .success;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  };
  const found = isThere("gcc") && exists(HEADER) && driverFile() !== undefined;
  return found ? undefined : `registers of pipelines need Debian's packages ${PACKAGES}`;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The file that tells Vulkan's loader of RADV. */
function driverFile(): string | undefined {
  if (!exists(DRIVERS)) return undefined;
  const files = Array.from(Deno.readDirSync(DRIVERS), ({ name }) => name);
  const found = files.find((name) => /^radeon_icd\..*json$/.test(name));
  return found && `${DRIVERS}/${found}`;
}

/** Compiles all pipelines; `folder` takes the layer and its output. About ten seconds. */
export async function measureStatistics(folder: string): Promise<Statistics> {
  const lacking = missing();
  if (lacking !== undefined) throw new Error(lacking);
  await buildLayer(folder);
  const file = `${folder}/statistics.jsonl`;
  const made: { name: string; entry: string }[] = JSON.parse(
    await output(Deno.execPath(), [
      "run",
      "--quiet",
      "--no-prompt",
      "--cached-only",
      "--no-remote",
      new URL("compile_pipelines.ts", import.meta.url).pathname,
    ], {
      RADV_FORCE_FAMILY: FAMILY,
      VK_ICD_FILENAMES: driverFile()!,
      VK_DRIVER_FILES: driverFile()!,
      VK_LAYER_PATH: folder,
      VK_INSTANCE_LAYERS: LAYER,
      PIPELINE_STATISTICS: file,
      // A pipeline out of the cache has no statistics.
      MESA_SHADER_CACHE_DISABLE: "true",
      DENO_WEBGPU_BACKEND: "vulkan",
      XDG_RUNTIME_DIR: "/dev/null",
    }),
  );
  const lines = (await Deno.readTextFile(file)).trim().split("\n").map((line) => JSON.parse(line));
  const { driver, device } = lines.find((line) => "driver" in line);
  // Deno makes pipelines of its own before the first one of ours.
  const own = lines.filter((line) => "statistics" in line).slice(-made.length);
  const pipelines = own.map(({ entry, statistics }, index): PipelineFigures => {
    if (entry !== made[index].entry) {
      throw new Error(`pipeline ${index} is ${entry} to the driver, not ${made[index].entry}`);
    }
    return { name: made[index].name, ...figuresOf(statistics) };
  });
  return { driver, device, deno: Deno.version.deno, pipelines };
}

function figuresOf(statistics: Record<string, number>): Record<Figure, number> {
  const figures = Object.entries(FIGURES).map(([name, figure]) => {
    if (statistics[name] === undefined) throw new Error(`the driver tells no ${name}`);
    return [figure, statistics[name]];
  });
  return Object.fromEntries(figures);
}

/** Compiles the layer, and writes the file that tells Vulkan's loader of it. */
async function buildLayer(folder: string): Promise<void> {
  const library = `${folder}/pipeline_statistics.so`;
  const source = new URL("layer.c", import.meta.url).pathname;
  const warnings = ["-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror"];
  await output("gcc", [...warnings, "-O1", "-fPIC", "-shared", "-o", library, source]);
  const layer = {
    name: LAYER,
    type: "GLOBAL",
    library_path: library,
    api_version: "1.3.0",
    implementation_version: "1",
    description: "statistics of pipelines",
    functions: {
      vkGetInstanceProcAddr: "statistics_instance_proc",
      vkGetDeviceProcAddr: "statistics_device_proc",
    },
  };
  const manifest = JSON.stringify({ file_format_version: "1.1.0", layer });
  await Deno.writeTextFile(`${folder}/pipeline_statistics.json`, manifest);
}

/** What a program prints. */
async function output(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args], env })
    .output();
  const text = new TextDecoder();
  if (!success) throw new Error(`${command} failed: ${text.decode(stderr)}`);
  return text.decode(stdout);
}
