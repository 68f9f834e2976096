import { join } from "@std/path";
import { DomainError } from "../../mod/core/mod.ts";
import type { ProcessRunner } from "../../mod/process/mod.ts";
import { drawStamp } from "./frame_stamp.ts";

/** What {@linkcode makeFakeProject} makes. */
export interface FakeProjectOptions {
  /** Length of the film, frames, 1 or more. */
  readonly frames: number;
  /** Pixels. Default 64 by 36. */
  readonly width?: number;
  readonly height?: number;
  /** Frames per second, a whole number. Default 30. */
  readonly fps?: number;
  /** Name of the file, without its extension. Default `bench`. */
  readonly name?: string;
  readonly runner: ProcessRunner;
}

const SOUND_FILE = "tone.wav";
const SOUND_SECONDS = 1;
const SOUND_RATE = 48_000;
const MAKE_MS_MAX = 300_000;
const FRAMES_AT_ONCE = 500;

/**
 * Makes a small real project: one clip of pictures as long as the film, whose frames carry their
 * numbers, and one second of sound. A real renderer's film can be checked like a fake one's.
 *
 * @param dir Existing folder, absolute.
 * @returns Path of the project.
 * @throws {DomainError} `io_failed` if ffmpeg cannot make the pictures.
 */
export async function makeFakeProject(dir: string, options: FakeProjectOptions): Promise<string> {
  const { name = "bench" } = options;
  const facts: ProjectFacts = { width: 64, height: 36, fps: 30, ...options, name };
  await Deno.writeFile(join(dir, SOUND_FILE), toneFile());
  await makePictures(join(dir, pictureFile(facts)), { facts, runner: options.runner });
  const path = join(dir, `${name}.ove`);
  await Deno.writeTextFile(path, projectText(facts));
  return path;
}

interface ProjectFacts {
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly name: string;
}

function pictureFile(facts: ProjectFacts): string {
  return `${facts.name}.mp4`;
}

async function makePictures(
  path: string,
  given: { readonly facts: ProjectFacts; readonly runner: ProcessRunner },
): Promise<void> {
  const { width, height, fps } = given.facts;
  const outcome = await given.runner.run({
    program: "ffmpeg",
    args: [
      ...["-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray"],
      ...["-s", `${width}x${height}`, "-r", String(fps), "-i", "pipe:0", "-threads", "1"],
      ...["-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-g", "250"],
      ...["-pix_fmt", "yuv420p", "-video_track_timescale", String(fps * 512), `file:${path}`],
    ],
    stdin: stampedPictures(given.facts),
    timeoutMs: MAKE_MS_MAX,
  });
  if (outcome.code === 0) return;
  throw new DomainError("io_failed", `Cannot make ${path}: ${outcome.stderrTail.trim()}`);
}

function* stampedPictures(facts: ProjectFacts): Generator<Uint8Array> {
  const frameBytes = facts.width * facts.height;
  for (let frame = 0; frame < facts.frames; frame += FRAMES_AT_ONCE) {
    const count = Math.min(FRAMES_AT_ONCE, facts.frames - frame);
    const bytes = new Uint8Array(count * frameBytes);
    for (let index = 0; index < count; index++) {
      const pixels = bytes.subarray(index * frameBytes, (index + 1) * frameBytes);
      drawStamp(frame + index, { pixels, size: facts });
    }
    yield bytes;
  }
}

function projectText(facts: ProjectFacts): string {
  const { frames, width, height, fps, name } = facts;
  const micros = Math.round(1_000_000 * frames / fps);
  const soundFrames = Math.min(frames, SOUND_SECONDS * fps);
  return `<?xml version="1.0" encoding="UTF-8"?>
<project><version>190219</version><url>${name}.ove</url><folders/>
<media>
<footage id="1" folder="0" name="pictures" url="${
    pictureFile(facts)
  }" duration="${micros}" speed="1" alphapremul="0" proxy="0"><video id="0" width="${width}" height="${height}" framerate="${fps}.0" infinite="0"/></footage>
<footage id="2" folder="0" name="sound" url="${SOUND_FILE}" duration="${
    SOUND_SECONDS * 1_000_000
  }" speed="1" alphapremul="0" proxy="0"><audio id="0" channels="2" layout="3" frequency="${SOUND_RATE}"/></footage>
</media>
<sequences><sequence id="1" folder="0" name="Bench" width="${width}" height="${height}" framerate="${fps}.0" afreq="${SOUND_RATE}" alayout="3" open="1" workarea="0" workareaIn="0" workareaOut="0">
${clip({ id: 0, out: frames, track: -1, media: 1 })}
${clip({ id: 1, out: soundFrames, track: 0, media: 2 })}
</sequence></sequences></project>
`;
}

function clip(
  facts: {
    readonly id: number;
    readonly out: number;
    readonly track: number;
    readonly media: number;
  },
): string {
  const { id, out, track, media } = facts;
  return `<clip id="${id}" enabled="1" name="clip ${id}" clipin="0" in="0" out="${out}" ` +
    `track="${track}" r="1" g="2" b="3" autoscale="0" speed="1" maintainpitch="0" reverse="0" ` +
    `type="0" media="${media}" stream="0"><linked></linked></clip>`;
}

/** A WAV file: a sine of 440 Hz in 16-bit stereo. */
function toneFile(): Uint8Array<ArrayBuffer> {
  const channels = 2;
  const blockBytes = 2 * channels;
  const dataBytes = SOUND_SECONDS * SOUND_RATE * blockBytes;
  const bytes = new Uint8Array(44 + dataBytes);
  const view = new DataView(bytes.buffer);
  const text = (offset: number, value: string): void =>
    bytes.set(new TextEncoder().encode(value), offset);
  text(0, "RIFF");
  view.setUint32(4, 36 + dataBytes, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, SOUND_RATE, true);
  view.setUint32(28, SOUND_RATE * blockBytes, true);
  view.setUint16(32, blockBytes, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, dataBytes, true);
  for (let sample = 0; sample < SOUND_SECONDS * SOUND_RATE; sample++) {
    const level = Math.round(8_000 * Math.sin(2 * Math.PI * 440 * sample / SOUND_RATE));
    for (let channel = 0; channel < channels; channel++) {
      view.setInt16(44 + sample * blockBytes + 2 * channel, level, true);
    }
  }
  return bytes;
}
