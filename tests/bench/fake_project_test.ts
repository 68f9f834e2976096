import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { createSystemClock, type RenderPlan } from "../../mod/core/mod.ts";
import { probeMedia } from "../../mod/media/mod.ts";
import { createSystemRunner, DEFAULT_PROGRAMS } from "../../mod/process/mod.ts";
import { planExport } from "../../mod/project/mod.ts";
import { getPreset, renderVideoPart } from "../../mod/render/mod.ts";
import { makeFakeProject } from "./fake_project.ts";
import { installFakeMelt } from "./install_fake_melt.ts";
import { readStamps } from "./read_stamps.ts";

const processes = createSystemRunner({ env: (name) => Deno.env.get(name) });
const FRAMES = 90;
const RANGE = { startFrame: 37, endFrame: 71 };

async function planProject(path: string): Promise<RenderPlan> {
  return await planExport({
    path,
    source: await Deno.readFile(path),
    skipUnsupported: false,
    host: {
      resolveFile: async (candidates) => {
        for (const candidate of candidates) {
          if ((await Deno.stat(candidate).catch(() => undefined))?.isFile) return candidate;
        }
        return undefined;
      },
      listFiles: () => Promise.resolve([]),
      probe: (file) => probeMedia(file, { processes, programs: DEFAULT_PROGRAMS }),
    },
  });
}

for (const renderer of ["fake", "real"] as const) {
  Deno.test(`a part of the fake project shows its numbers, made by the ${renderer} renderer`, async () => {
    const dir = await Deno.makeTempDir({ prefix: "olive fake project-" });
    try {
      const project = await makeFakeProject(dir, { frames: FRAMES, runner: processes });
      const plan = await planProject(project);
      assertEquals([plan.lengthFrames, plan.warnings, plan.audio.clips.length], [FRAMES, [], 1]);
      const fake = await installFakeMelt(dir, { fps: 20_000, startSeconds: 0 });
      const melt = renderer === "fake" ? fake.path : DEFAULT_PROGRAMS.melt;
      const workDir = join(dir, "work");
      await Deno.mkdir(workDir);
      const outPath = join(dir, "part.mov");
      await renderVideoPart({
        plan,
        range: RANGE,
        preset: getPreset("lossless"),
        mediaPath: (id) => plan.media.find((media) => media.id === id)?.paths ?? [],
        workDir,
        outPath,
        threads: 1,
        programs: { ...DEFAULT_PROGRAMS, melt },
        processes,
        deadlineMs: 60_000,
        clock: createSystemClock(),
      });
      const report = await readStamps(outPath, { runner: processes });
      assertEquals(report.frames, RANGE.endFrame - RANGE.startFrame);
      const offsets = new Set(report.misplaced.map(({ place, number }) => number - place));
      assertEquals([report.unreadable, offsets], [[], new Set([RANGE.startFrame])]);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}
