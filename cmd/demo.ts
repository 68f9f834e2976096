import { join, resolve } from "@std/path";
import { DomainError } from "../mod/core/mod.ts";
import { createSystemRunner, DEFAULT_PROGRAMS } from "../mod/process/mod.ts";
import { makeSampleProject } from "../mod/sample/mod.ts";
import { trustFarmOnly } from "../mod/tls/mod.ts";
import { PRESET_NAMES } from "../mod/render/mod.ts";
import type { Command, CommandIo } from "./command.ts";
import { startDemoFarm } from "./demo_farm.ts";
import { checkDemoFilm, exportDemo } from "./demo_export.ts";
import { EXIT } from "./exit_codes.ts";
import { readFlags } from "./flags.ts";

/** Name of the folder that the demo's film is left in. */
const DEMO_FOLDER = "olive-demo";

/** `olive demo` */
export const demoCommand: Command = {
  name: "demo",
  summary: "Export a sample project with a master and two workers on this machine",
  usage: `Usage: olive demo [--out DIR] [--preset NAME]

Makes a sample project with its media, starts a master and two workers as processes of their own with
certificates made on the spot, exports the project with them, checks the film, and cleans up.
Nothing leaves this machine.

      --out DIR          Where to leave the film (default: ${DEMO_FOLDER} in the folder for temporary files)
  -p, --preset NAME      ${PRESET_NAMES.join(", ")} (default ${PRESET_NAMES[0]})

Examples:
  olive demo
  olive demo --out ~/Videos --preset lossless
`,
  async run(argv, io): Promise<number> {
    const flags = readFlags(argv, {
      out: { kind: "text" },
      preset: { kind: "text", short: "p" },
    });
    if (flags.operands.length > 0) {
      throw new DomainError("usage", `Cannot use ${flags.operands[0]}: demo takes options only`);
    }
    trustFarmOnly((name, value) => Deno.env.set(name, value));
    const out = flags.text("out");
    const folder = await Deno.makeTempDir({ prefix: "olive-demo-" });
    try {
      return await runDemo({
        folder,
        outFolder: out === undefined
          ? join(io.env("TMPDIR") || "/tmp", DEMO_FOLDER)
          : resolve(io.cwd, out),
        preset: flags.text("preset") ?? PRESET_NAMES[0],
        io,
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
};

async function runDemo(
  demo: { folder: string; outFolder: string; preset: string; io: CommandIo },
): Promise<number> {
  const { folder, io } = demo;
  const processes = createSystemRunner({ env: io.env });
  await Deno.mkdir(demo.outFolder, { recursive: true });
  io.stderr(
    "Making a sample project: two video tracks, a dissolve, a moving picture, two sounds\n",
  );
  const projectFolder = join(folder, "project");
  await Deno.mkdir(projectFolder);
  const projectPath = await makeSampleProject(projectFolder, {
    processes,
    programs: DEFAULT_PROGRAMS,
  });
  io.stderr("Starting a master and two workers, each with a certificate of its own\n");
  const farm = await startDemoFarm({ folder, roots: [projectFolder, demo.outFolder], io });
  try {
    const job = await exportDemo({ farm, projectPath, ...demo });
    if (job.state !== "completed") return EXIT.jobFailed;
    await checkDemoFilm({ farm, job, io, processes, programs: DEFAULT_PROGRAMS });
    return EXIT.ok;
  } finally {
    await farm.close();
  }
}
