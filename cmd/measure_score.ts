import { join } from "@std/path";
import type { Clock } from "../mod/core/mod.ts";
import { createProjectHost } from "../mod/master/mod.ts";
import type { ProcessRunner, Programs } from "../mod/process/mod.ts";
import { planExport } from "../mod/project/mod.ts";
import { getPreset, renderVideoPart } from "../mod/render/mod.ts";
import { makeSampleProject } from "../mod/sample/mod.ts";

/** What a measurement needs. */
export interface ScoreDeps {
  readonly programs: Programs;
  readonly processes: ProcessRunner;
  readonly clock: Clock;
}

/** How to measure. */
export interface ScoreOptions {
  /** Threads of the render, 1 or more. */
  readonly threads: number;
  /** Frames to render, 2 to SCORE_FRAMES. Default all: only such scores can be compared. */
  readonly frames?: number;
  /** Ends the measurement. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (framesDone: number) => void;
}

/** What was measured. */
export interface Score {
  /** Frames per second, the start of the renderer left out. */
  readonly fps: number;
  readonly frames: number;
  /** Of the whole render, milliseconds. */
  readonly renderMs: number;
}

/** Frames of the sample that are measured: its dissolve and what is around it, with every layer in work. */
const SCORE_RANGE = { startFrame: 120, endFrame: 270 };
/** Number of these: some seconds of work. */
const SCORE_FRAMES = SCORE_RANGE.endFrame - SCORE_RANGE.startFrame;
/** Preset of every measurement: scores are compared between machines. */
const PRESET = "h264";
const RENDER_MS_MAX = 600_000;

/**
 * Renders the built-in sample project on this machine, as a worker renders a part, and takes the
 * time. Leaves nothing behind.
 *
 * @throws {DomainError} `program_missing`, `render_failed`, `io_failed`, `disk_full`; `cancelled` by
 * the signal.
 */
export async function measureScore(deps: ScoreDeps, options: ScoreOptions): Promise<Score> {
  const { clock, programs } = deps;
  const { frames = SCORE_FRAMES, signal } = options;
  if (!Number.isInteger(frames) || frames < 2 || frames > SCORE_FRAMES) {
    throw new RangeError(`Cannot measure ${frames} frames: must be 2 to ${SCORE_FRAMES}`);
  }
  const folder = await Deno.makeTempDir({ prefix: "olive-score-" });
  try {
    const path = await makeSampleProject(folder, deps);
    const host = createProjectHost({ ...deps, roots: [folder] });
    const source = await Deno.readFile(path);
    const plan = await planExport({ path, source, host, skipUnsupported: false });
    const preset = getPreset(PRESET);
    const workDir = join(folder, "work");
    await Deno.mkdir(workDir);
    const startMs = clock.monotonicMs();
    let first: { readonly frames: number; readonly atMs: number } | undefined;
    await renderVideoPart({
      ...deps,
      programs,
      plan,
      range: {
        startFrame: SCORE_RANGE.startFrame,
        endFrame: SCORE_RANGE.startFrame + frames,
      },
      preset,
      mediaPath: (mediaId) => plan.media.find(({ id }) => id === mediaId)?.paths ?? [],
      workDir,
      outPath: join(folder, `score${preset.partExtension}`),
      threads: options.threads,
      onProgress: (framesDone) => {
        if (framesDone > 0) first ??= { frames: framesDone, atMs: clock.monotonicMs() };
        options.onProgress?.(framesDone);
      },
      deadlineMs: RENDER_MS_MAX,
      ...(signal === undefined ? {} : { signal }),
    });
    const endMs = clock.monotonicMs();
    const renderMs = Math.max(1, endMs - startMs);
    return { fps: rateOf({ first, frames, endMs, renderMs }), frames, renderMs };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** From the first frame on, if that leaves most of the render to look at. */
function rateOf(
  run: {
    readonly first: { readonly frames: number; readonly atMs: number } | undefined;
    readonly frames: number;
    readonly endMs: number;
    readonly renderMs: number;
  },
): number {
  const { first, frames, endMs, renderMs } = run;
  if (first === undefined || first.frames > frames / 2 || endMs <= first.atMs) {
    return frames * 1000 / renderMs;
  }
  return (frames - first.frames) * 1000 / (endMs - first.atMs);
}
