import { join } from "@std/path";
import { createSystemClock, framesToSeconds } from "../mod/core/mod.ts";
import type { ProcessRunner, Programs } from "../mod/process/mod.ts";
import { getPreset } from "../mod/render/mod.ts";
import type { JobView, WorkerView } from "../mod/wire/mod.ts";
import type { CommandIo } from "./command.ts";
import type { FarmConnection } from "./farm_connection.ts";
import { followJob, type JobReporter } from "./follow_job.ts";
import { createTextReporter } from "./job_reporters.ts";
import { formatRate } from "./progress_line.ts";

/** Exports the sample with the demo's farm and shows what each worker does. */
export async function exportDemo(
  demo: {
    readonly farm: FarmConnection;
    readonly projectPath: string;
    readonly outFolder: string;
    readonly preset: string;
    readonly io: CommandIo;
  },
): Promise<JobView> {
  const { farm, io } = demo;
  const clock = createSystemClock();
  const reporter = createTextReporter(io, clock);
  const { job } = await farm.client.submit({
    projectPath: demo.projectPath,
    outputPath: join(demo.outFolder, `sample film${getPreset(demo.preset).filmExtension}`),
    preset: demo.preset,
    overwrite: true,
    // Small parts, so that a film of seconds shows how work is shared.
    minPartSeconds: 1,
  });
  reporter.onSubmitted(job, true);
  const watched = watchWorkers(farm, reporter);
  const ended = await followJob({
    client: farm.client,
    clock,
    io,
    reporter: watched,
    jobId: job.id,
  });
  return ended === "detached" ? (await farm.client.cancelJob(job.id)) : ended;
}

/** Adds a line per worker whenever it begins another part. */
function watchWorkers(farm: FarmConnection, reporter: JobReporter): JobReporter {
  const shown = new Map<string, string>();
  const look = async (): Promise<void> => {
    const { workers } = await farm.client.listWorkers();
    for (const worker of workers) {
      const text = workerText(worker);
      if (text === undefined || shown.get(worker.name) === text.key) continue;
      shown.set(worker.name, text.key);
      reporter.onNote(`  ${worker.name.padEnd(7)} ${text.line}`);
    }
  };
  return {
    ...reporter,
    onProgress(job): void {
      // Best effort: the job's own line goes on without it.
      look().catch(() => undefined);
      reporter.onProgress(job);
    },
  };
}

function workerText(worker: WorkerView): { key: string; line: string } | undefined {
  const [attempt] = worker.attempts.filter((one) => one.phase === "rendering");
  if (attempt === undefined) return undefined;
  const { startFrame, endFrame } = attempt.range;
  const what = attempt.kind === "audio" ? "sound" : `frames ${startFrame}..${endFrame - 1}`;
  const rate = attempt.fps > 0 ? ` at ${formatRate(attempt.fps)}` : "";
  return { key: attempt.attemptId, line: `renders ${what}${rate}` };
}

/**
 * Looks at the film with a program that knows nothing of this one, and says how exact it is.
 *
 * @throws {Error} If the film is not what it must be: the demo has failed then.
 */
export async function checkDemoFilm(
  demo: {
    readonly farm: FarmConnection;
    readonly job: JobView;
    readonly io: CommandIo;
    readonly processes: ProcessRunner;
    readonly programs: Programs;
  },
): Promise<void> {
  const { job, io } = demo;
  const film = await probeFilm(demo);
  const seconds = framesToSeconds(job.lengthFrames, job.fps);
  const { parts } = await demo.farm.client.getJob(job.id);
  io.stderr(
    `Film: ${film.frames} of ${job.lengthFrames} frames, ` +
      `pictures ${film.videoSeconds.toFixed(3)} s, sound ${film.audioSeconds.toFixed(3)} s, ` +
      `wanted ${seconds.toFixed(3)} s; decodes without an error\n`,
  );
  const makers = new Map<string, number>();
  for (const part of parts) {
    const winner = part.attempts.find((attempt) => attempt.state === "succeeded");
    if (winner !== undefined) makers.set(winner.worker, (makers.get(winner.worker) ?? 0) + 1);
  }
  for (const [worker, count] of makers) {
    io.stderr(`  ${worker} made ${count} ${count === 1 ? "part" : "parts"}\n`);
  }
  const isExact = film.frames === job.lengthFrames && Math.abs(film.videoSeconds - seconds) < 1e-3;
  if (!isExact) throw new Error("The demo's film is not exact");
  if (makers.size < 2) throw new Error("The demo's film was made by one worker alone");
}

async function probeFilm(
  demo: {
    readonly job: JobView;
    readonly processes: ProcessRunner;
    readonly programs: Programs;
  },
): Promise<{ frames: number; videoSeconds: number; audioSeconds: number }> {
  const file = `file:${demo.job.outputPath}`;
  const decoded = await demo.processes.run({
    program: demo.programs.ffmpeg,
    args: ["-nostdin", "-v", "error", "-xerror", "-i", file, "-f", "null", "-"],
    timeoutMs: 600_000,
  });
  if (decoded.code !== 0) throw new Error(`The demo's film does not decode: ${decoded.stderrTail}`);
  const probed = await demo.processes.run({
    program: demo.programs.ffprobe,
    args: [
      ...["-v", "error", "-count_packets", "-of", "json", "-show_entries"],
      "stream=codec_type,nb_read_packets,duration:stream_tags=DURATION",
      file,
    ],
    timeoutMs: 600_000,
  });
  const { streams } = JSON.parse(new TextDecoder().decode(probed.stdout)) as {
    streams: {
      codec_type: string;
      nb_read_packets: string;
      duration?: string;
      tags?: Record<string, string>;
    }[];
  };
  const video = streams.find((stream) => stream.codec_type === "video");
  const audio = streams.find((stream) => stream.codec_type === "audio");
  return {
    frames: Number(video?.nb_read_packets ?? 0),
    videoSeconds: secondsOf(video),
    audioSeconds: secondsOf(audio),
  };
}

/** Length of a stream; Matroska keeps it in a tag, `00:00:14.000000000`. */
function secondsOf(
  stream: { duration?: string; tags?: Record<string, string> } | undefined,
): number {
  if (stream?.duration !== undefined) return Number(stream.duration);
  const [hours = 0, minutes = 0, seconds = 0] = (stream?.tags?.["DURATION"] ?? "").split(":")
    .map(Number);
  return hours * 3600 + minutes * 60 + seconds;
}
