import {
  type Clock,
  DomainError,
  frameCount,
  type FrameRange,
  type RenderPlan,
  toFileError,
} from "../../core/mod.ts";
import { ffmpegInput, type ProcessRunner, type Programs } from "../../process/mod.ts";
import { filmClock, type Preset } from "../presets.ts";
import { renderScene } from "./render_scene.ts";
import type { RenderDeps } from "./run_melt.ts";
import { Workspace } from "./workspace.ts";

/** A part of the pictures of a film. */
export interface VideoPartRequest {
  /** The plan of the film. */
  readonly plan: RenderPlan;
  /** Frames of the film, at least one, all within it. */
  readonly range: FrameRange;
  /** How they are encoded. */
  readonly preset: Preset;
  /** Local paths of a media id of the plan: one, or all pictures of an image sequence. */
  readonly mediaPath: (mediaId: string) => readonly string[];
  /** Absolute path of an empty folder that nobody else uses; left for the caller to remove. */
  readonly workDir: string;
  /** Where the part goes, on the same disk as `workDir`. Appears when it is whole. */
  readonly outPath: string;
  /** Threads for decoding and encoding, 1 or more. Lossless frames do not depend on it. */
  readonly threads: number;
  /** Where the programs are. */
  readonly programs: Programs;
  /** Runs them. */
  readonly processes: ProcessRunner;
  /** Called with the number of frames that are done, 0 while sources are prepared. */
  readonly onProgress?: (framesDone: number) => void;
  /** Ends the render with all its processes. */
  readonly signal?: AbortSignal;
  /** Longest time that the render may take, milliseconds from the call. */
  readonly deadlineMs: number;
  /** Tells how much of that is left. */
  readonly clock: Clock;
}

/** What a finished part is. */
export interface VideoPartResult {
  /** Number of pictures in the file. */
  readonly frameCount: number;
  /** Size of the file, bytes. */
  readonly sizeBytes: number;
}

/**
 * Renders frames of a film as a file without sound: the first frame is a key frame, groups of
 * pictures are closed, time stamps are exact and begin at 0. The same frames come out alike wherever
 * the film is cut into parts.
 *
 * @throws {DomainError} `render_failed` with the renderer's last lines in `details.stderr`;
 * `render_hung` after `deadlineMs`; `media_missing` if a media file is not there; `cancelled` by the
 * signal; `disk_full`; `io_failed`; `program_missing`.
 * @throws {RangeError} If the range is empty or not within the film.
 */
export async function renderVideoPart(request: VideoPartRequest): Promise<VideoPartResult> {
  const { plan, range, preset } = request;
  const wanted = frameCount(range);
  if (wanted === 0 || range.startFrame < 0 || range.endFrame > plan.lengthFrames) {
    throw new RangeError(
      `Cannot render frames [${range.startFrame}, ${range.endFrame}): ` +
        `must be within [0, ${plan.lengthFrames})`,
    );
  }
  const endsAt = request.clock.monotonicMs() + request.deadlineMs;
  const report = (framesDone: number): void => request.onProgress?.(Math.min(framesDone, wanted));
  const deps: RenderDeps = {
    processes: request.processes,
    programs: request.programs,
    clock: request.clock,
    onSign: () => report(0),
    remainingMs: () => endsAt - request.clock.monotonicMs(),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  };
  const workspace = new Workspace(request.workDir);
  await workspace.prepare();
  const timescale = String(filmClock(plan.fps).timescale);
  const rendered = await renderScene({
    sceneIndex: 0,
    range,
    isOpaque: true,
    outputName: workspace.newName("part", preset.partExtension),
    properties: {
      mlt_image_format: "rgb",
      ...preset.meltProperties,
      video_track_timescale: timescale,
      movie_timescale: timescale,
    },
    onFrame: report,
  }, {
    video: plan.video,
    mediaPath: request.mediaPath,
    workspace,
    deps,
    threads: request.threads,
    inner: new Map(),
  });
  await assertComplete(rendered, { request, deps, wanted });
  report(wanted);
  return { frameCount: wanted, sizeBytes: await publish(rendered, request.outPath) };
}

/** Counts the pictures that are really in the file: an exit code says nothing about them. */
async function assertComplete(
  path: string,
  check: { readonly request: VideoPartRequest; readonly deps: RenderDeps; readonly wanted: number },
): Promise<void> {
  const { deps, request, wanted } = check;
  const outcome = await deps.processes.run({
    program: deps.programs.ffprobe,
    args: [
      ...["-v", "error", "-select_streams", "v:0", "-count_packets"],
      ...["-show_entries", "stream=codec_name,width,height,nb_read_packets", "-of", "json"],
      ...ffmpegInput(path),
    ],
    timeoutMs: Math.max(1, deps.remainingMs()),
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  });
  if (outcome.endedBy === "signal") {
    throw new DomainError("cancelled", "Cannot finish the render: it was stopped");
  }
  const { width, height } = request.plan;
  const { codecName } = request.preset.picture;
  const expected = `${wanted} frames of ${width}x${height} ${codecName}`;
  const stream = outcome.code === 0 ? findStream(outcome.stdout) : undefined;
  const found = stream === undefined
    ? "no pictures"
    : `${stream["nb_read_packets"]} frames of ${stream["width"]}x${stream["height"]} ` +
      `${stream["codec_name"]}`;
  if (found === expected) return;
  throw new DomainError(
    "render_failed",
    `Cannot use the rendered part: ${found}, must be ${expected}`,
  );
}

function findStream(stdout: Uint8Array): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(stdout));
    const streams = (parsed as { streams?: unknown }).streams;
    return Array.isArray(streams) ? streams[0] as Record<string, unknown> : undefined;
  } catch {
    // What ffprobe printed is no answer: the same as none.
    return undefined;
  }
}

async function publish(path: string, outPath: string): Promise<number> {
  try {
    const { size } = await Deno.stat(path);
    await Deno.rename(path, outPath);
    return size;
  } catch (error) {
    throw toFileError(error, `Cannot put the rendered part at ${outPath}`);
  }
}
