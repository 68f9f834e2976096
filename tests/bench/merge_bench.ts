import { join } from "@std/path";
import { DomainError } from "../../mod/core/mod.ts";
import { DEFAULT_PROGRAMS } from "../../mod/process/mod.ts";
import { getPreset, openFilm } from "../../mod/render/mod.ts";
import type { Bench, BenchContext, Measurement } from "./bench.ts";

const GIB = 1024 ** 3;
const SIZE = { width: 640, height: 360 };
const FPS = { num: 30, den: 1 };
const PART_FRAMES = 100;
const SOUND_RATE = 48_000;
const SOUND_BYTES_PER_SAMPLE = 4;
const MAKE_MS_MAX = 120_000;
const COPY_BYTES = 4 * 1024 * 1024;
const RUNS = 3;

/** How long the film takes once all of its parts are there. */
export const MERGE_BENCHES: readonly Bench[] = [
  {
    name: "merge",
    what: "join of 1 GB of parts with sound, checked: time beyond that of a copy of the same bytes",
    unit: "s",
    bar: { kind: "at most", value: 2 },
    measure: measureMerge,
  },
];

async function measureMerge(context: BenchContext): Promise<Measurement> {
  const dir = await Deno.makeTempDir({ prefix: "olive-bench-merge-" });
  try {
    const part = join(dir, "part.mov");
    await makeNoisePart(part, context);
    const partBytes = (await Deno.stat(part)).size;
    const parts = Math.ceil(GIB / partBytes);
    const beyond: { seconds: number; joinSeconds: number; copySeconds: number }[] = [];
    for (let run = 0; run < RUNS; run++) {
      const copySeconds = await timeCopy(part, { parts, to: join(dir, "copy") });
      const joinSeconds = await timeJoin(part, { parts, dir, context });
      context.say(`join ${joinSeconds.toFixed(2)} s, copy ${copySeconds.toFixed(2)} s`);
      beyond.push({ seconds: joinSeconds - copySeconds, joinSeconds, copySeconds });
    }
    const [middle] = beyond.toSorted((a, b) => a.seconds - b.seconds).slice(Math.floor(RUNS / 2));
    const { seconds = Infinity, joinSeconds = 0, copySeconds = 0 } = middle ?? {};
    const note = `join ${joinSeconds.toFixed(2)} s, copy ${copySeconds.toFixed(2)} s`;
    return { value: seconds, details: { note, joinSeconds, copySeconds, parts, partBytes } };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** A part of pictures that cannot be compressed. */
async function makeNoisePart(path: string, context: BenchContext): Promise<void> {
  const { runner } = context;
  const source = `nullsrc=s=${SIZE.width}x${SIZE.height}:r=${FPS.num},format=bgr0,` +
    "noise=alls=100:allf=t:all_seed=7";
  const outcome = await runner.run({
    program: "ffmpeg",
    args: [
      ...["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", source],
      ...["-frames:v", String(PART_FRAMES), "-c:v", "ffv1", "-level", "3", "-g", "1"],
      ...["-pix_fmt", "bgr0", "-f", "mov", `file:${path}`],
    ],
    timeoutMs: MAKE_MS_MAX,
  });
  if (outcome.code !== 0) {
    throw new DomainError("io_failed", `Cannot make ${path}: ${outcome.stderrTail.trim()}`);
  }
}

/** What the disk itself takes for the same bytes, until they are on it. */
async function timeCopy(
  part: string,
  options: { readonly parts: number; readonly to: string },
): Promise<number> {
  const startedMs = performance.now();
  using target = await Deno.open(options.to, { write: true, create: true, truncate: true });
  const buffer = new Uint8Array(COPY_BYTES);
  for (let index = 0; index < options.parts; index++) {
    using source = await Deno.open(part);
    for (let count = await source.read(buffer); count !== null; count = await source.read(buffer)) {
      let done = 0;
      while (done < count) done += await target.write(buffer.subarray(done, count));
    }
  }
  await target.sync();
  const seconds = (performance.now() - startedMs) / 1_000;
  await Deno.remove(options.to);
  return seconds;
}

async function timeJoin(
  part: string,
  given: { readonly parts: number; readonly dir: string; readonly context: BenchContext },
): Promise<number> {
  const { parts, dir, context } = given;
  const lengthFrames = parts * PART_FRAMES;
  const lengthSamples = Math.round(lengthFrames * FPS.den / FPS.num * SOUND_RATE);
  const pcmPath = join(dir, "sound.pcm");
  await Deno.writeFile(pcmPath, new Uint8Array(lengthSamples * SOUND_BYTES_PER_SAMPLE));
  const outPath = join(dir, "film.mkv");
  const startedMs = performance.now();
  const film = await openFilm({
    plan: { ...SIZE, fps: FPS, lengthFrames, audio: { sampleRate: SOUND_RATE, lengthSamples } },
    preset: getPreset("lossless"),
    container: "matroska",
    audio: { pcmPath },
    outPath,
    workDir: dir,
    programs: DEFAULT_PROGRAMS,
    processes: context.runner,
  });
  try {
    for (let index = 0; index < parts; index++) {
      const startFrame = index * PART_FRAMES;
      await film.append(part, { startFrame, endFrame: startFrame + PART_FRAMES });
    }
    await film.finish();
  } finally {
    await film.abort();
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  await Deno.remove(outPath);
  return seconds;
}
