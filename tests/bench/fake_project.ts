import { join } from "@std/path";

/** What a {@linkcode makeFakeProject} holds. */
export interface FakeProjectOptions {
  /** Length of the film, frames, 1 or more. */
  readonly frames: number;
  /** Pixels. Default 64 by 36. */
  readonly width?: number;
  readonly height?: number;
  /** Frames per second. Default 30. */
  readonly fps?: number;
  /** Name of the file, without its extension. Default `bench`. */
  readonly name?: string;
}

const SOUND_FILE = "tone.wav";
const SOUND_SECONDS = 1;
const SOUND_RATE = 48_000;

/**
 * Makes a project of one colour and one second of sound: as little as possible that is planned,
 * mixed and joined like any other.
 *
 * @param dir Existing folder, absolute.
 * @returns Path of the project.
 */
export async function makeFakeProject(dir: string, options: FakeProjectOptions): Promise<string> {
  await Deno.writeFile(join(dir, SOUND_FILE), toneFile());
  const name = `${options.name ?? "bench"}.ove`;
  const path = join(dir, name);
  await Deno.writeTextFile(path, projectText(name, options));
  return path;
}

function projectText(name: string, options: FakeProjectOptions): string {
  const { frames, width = 64, height = 36, fps = 30 } = options;
  const clip = (facts: { id: number; out: number; track: number; source: string }): string =>
    `<clip id="${facts.id}" enabled="1" name="clip ${facts.id}" clipin="0" in="0" ` +
    `out="${facts.out}" track="${facts.track}" r="1" g="2" b="3" autoscale="0" speed="1" ` +
    `maintainpitch="0" reverse="0" type="0"${facts.source}><linked></linked>`;
  const soundFrames = Math.min(frames, Math.floor(SOUND_SECONDS * fps));
  return `<?xml version="1.0" encoding="UTF-8"?>
<project><version>190219</version><url>${name}</url><folders/>
<media><footage id="1" folder="0" name="${SOUND_FILE}" url="${SOUND_FILE}" duration="${
    SOUND_SECONDS * 1_000_000
  }" speed="1" alphapremul="0" proxy="0"><audio id="0" channels="2" layout="3" frequency="${SOUND_RATE}"/></footage></media>
<sequences><sequence id="1" folder="0" name="Bench" width="${width}" height="${height}" framerate="${fps}.0" afreq="${SOUND_RATE}" alayout="3" open="1" workarea="0" workareaIn="0" workareaOut="0">
${clip({ id: 0, out: frames, track: -1, source: "" })}${solidEffect()}</clip>
${clip({ id: 1, out: soundFrames, track: 0, source: ` media="1" stream="0"` })}</clip>
</sequence></sequences></project>
`;
}

function solidEffect(): string {
  return `<effect name="Render/Solid" enabled="1"><row><field id="type" value="0"/></row>` +
    `<row><field id="opacity" value="100"/></row><row><field id="color" value="#336699"/></row>` +
    `<row><field id="checker_size" value="10"/></row></effect>`;
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
