import { join } from "@std/path";
import { makeCountingFilm } from "./media.ts";
import { runProgram } from "./run_program.ts";

/** A project for tests, with media of its own. */
export interface MadeProject {
  /** Absolute path of the project file. */
  readonly path: string;
  /** Length of its film, frames. */
  readonly frames: number;
  /** Frames per second, as ffprobe writes it: `25/1`, `30000/1001`. */
  readonly fps: string;
}

/** What differs from a plain project. */
export interface CountingProjectOptions {
  /** Name of the project file without its extension. Default `film`. */
  readonly name?: string;
  /** Frames per second as a fraction. Default `25/1`. */
  readonly fps?: string;
  /** Length, frames. Default 50. */
  readonly frames?: number;
  /** Pixels, even. Default 160 by 90. */
  readonly width?: number;
  readonly height?: number;
  /** Names of the media files. Default `pictures.mp4` and `tone.wav`. */
  readonly pictures?: string;
  readonly sound?: string;
  /** Put into the clip of the pictures: effects and transitions. */
  readonly inClip?: string;
}

/**
 * Makes a project of one clip whose every frame shows its own number, and a tone as long as the film.
 *
 * @param folder Absolute path of an existing folder.
 */
export async function makeCountingProject(
  folder: string,
  options: CountingProjectOptions = {},
): Promise<MadeProject> {
  const { name = "film", fps = "25/1", frames = 50, width = 160, height = 90 } = options;
  const { pictures = "pictures.mp4", sound = "tone.wav", inClip = "" } = options;
  await Promise.all([
    makeCountingFilm(join(folder, pictures), { frames, fps, width, height }),
    makeSound(
      join(folder, sound),
      `sine=frequency=440:sample_rate=48000:duration=${secondsOf(frames, fps) + 0.1}`,
    ),
  ]);
  const path = join(folder, `${name}.ove`);
  await Deno.writeTextFile(
    path,
    projectText({
      ...{ fps, width, height, media: [pictures, sound] },
      clips: [
        clip({ id: 0, span: [0, frames], track: -1, media: 1 }, inClip),
        clip({ id: 1, span: [0, frames], track: 0, media: 2 }),
      ],
    }),
  );
  return { path, frames, fps };
}

/** What differs from the usual. */
export interface MovingProjectOptions {
  /** Length, frames, 60 or more. Default 120. */
  readonly frames?: number;
  /** Pixels, even. Default 320 by 180. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * Makes a project in which every frame differs from the next in every corner: two moving pictures with
 * a dissolve between them, a third that moves, turns and grows over them, and two sounds with fades, volume and pan.
 *
 * @param folder Absolute path of an existing folder.
 */
export async function makeMovingProject(
  folder: string,
  options: MovingProjectOptions = {},
): Promise<MadeProject> {
  const { frames = 120, width = 320, height = 180 } = options;
  const seconds = secondsOf(frames, "30/1") + 1;
  const video = (source: string): string => `${source}=size=${width}x${height}:rate=30`;
  await Promise.all([
    makePictures(join(folder, "street.mp4"), `${video("testsrc2")}:duration=${seconds}`),
    makePictures(join(folder, "life.mp4"), `${video("testsrc")}:duration=${seconds}`),
    makeSound(
      join(folder, "melody.wav"),
      `aevalsrc='0.3*sin(2*PI*t*(220+40*t))|0.3*sin(2*PI*t*330)':s=48000:d=${seconds}`,
    ),
    makeSound(join(folder, "tone.wav"), `sine=frequency=110:sample_rate=44100:duration=${seconds}`),
  ]);
  const cut = Math.floor(frames / 2);
  const dissolve = `length="8" name="/Cross Dissolve" enabled="1"`;
  const fade = (edge: string): string => `<${edge} length="20" name="/Linear Fade" enabled="1"/>`;
  const level = (name: string, field: string): string =>
    `<effect name="${name}" enabled="1"><row>${field}</row></effect>`;
  const path = join(folder, "moving.ove");
  await Deno.writeTextFile(
    path,
    projectText({
      ...{ fps: "30/1", width, height },
      media: ["street.mp4", "life.mp4", "melody.wav", "tone.wav"],
      clips: [
        clip({ id: 0, span: [0, cut], track: -1, media: 1 }, `<closing ${dissolve}/>`),
        clip(
          { id: 1, span: [cut, frames], track: -1, media: 2, clipin: 9 },
          `<opening shared="0"/>`,
        ),
        clip({ id: 2, span: [7, frames - 7], track: -2, media: 1, clipin: 13 }, flight(frames)),
        clip(
          { id: 3, span: [0, frames], track: 0, media: 3 },
          fade("closing") + level("/Volume", `<field id="volume" value="0.8"/>`),
        ),
        clip(
          { id: 4, span: [11, frames], track: 1, media: 4 },
          fade("opening") + level("/Pan", `<field id="pan" value="-40"/>`),
        ),
      ],
    }),
  );
  return { path, frames, fps: "30/1" };
}

function flight(frames: number): string {
  const field = (id: string, keys: readonly (readonly [number, number])[]): string =>
    `<row><field id="${id}" value="0">${
      keys.map(([frame, value]) => `<key value="${value}" frame="${frame}" type="0"/>`).join("")
    }</field></row>`;
  const row = (id: string, value: string): string =>
    `<row><field id="${id}" value="${value}"/></row>`;
  return `<effect name="Distort/Transform" enabled="1">${field("posx", [[0, 60], [frames, 260]])}${
    field("rotation", [[0, 0], [frames, 80]])
  }${row("posy", "80")}${row("scalex", "40")}${row("uniformscale", "1")}${
    row("opacity", "80")
  }</effect>`;
}

interface ProjectFacts {
  readonly fps: string;
  readonly width: number;
  readonly height: number;
  /** Names of files beside the project. */
  readonly media: readonly string[];
  readonly clips: readonly string[];
}

function projectText(facts: ProjectFacts): string {
  const { width, height } = facts;
  const rate = rateOf(facts.fps).toFixed(10);
  const footage = facts.media.map((name, index) => {
    const stream = name.endsWith(".wav")
      ? `<audio id="0" channels="2" layout="3" frequency="48000"/>`
      : `<video id="0" width="${width}" height="${height}" framerate="${rate}" infinite="0"/>`;
    const url = escapeXml(name);
    return `<footage id="${index + 1}" folder="0" name="${url}" url="${url}" ` +
      `duration="1000000" speed="1" alphapremul="0" proxy="0">${stream}</footage>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<project><version>190219</version><url>saved.ove</url><folders/>
<media>
${footage.join("\n")}
</media>
<sequences><sequence id="1" folder="0" name="Film" width="${width}" height="${height}" framerate="${rate}" afreq="48000" alayout="3" open="1" workarea="0" workareaIn="0" workareaOut="0">
${facts.clips.join("\n")}
</sequence></sequences></project>
`;
}

interface ClipFacts {
  readonly id: number;
  readonly span: readonly [startFrame: number, endFrame: number];
  readonly track: number;
  readonly media: number;
  readonly clipin?: number;
}

function clip(facts: ClipFacts, inner = ""): string {
  const { id, span: [start, end], track, media, clipin = 0 } = facts;
  return `<clip id="${id}" enabled="1" name="clip ${id}" clipin="${clipin}" in="${start}" ` +
    `out="${end}" track="${track}" r="1" g="2" b="3" autoscale="0" speed="1" maintainpitch="0" ` +
    `reverse="0" type="0" media="${media}" stream="0"><linked></linked>${inner}</clip>`;
}

function escapeXml(text: string): string {
  return text.replaceAll(
    /[&<>"\t\n\r]/g,
    // As Qt's writer does: a line end as it is would be read as a space.
    (character) => `&#${character.charCodeAt(0)};`,
  );
}

function rateOf(fps: string): number {
  const [num = 0, den = 1] = fps.split("/").map(Number);
  return num / den;
}

function secondsOf(frames: number, fps: string): number {
  return frames / rateOf(fps);
}

async function makePictures(path: string, source: string): Promise<void> {
  const codec = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-pix_fmt", "yuv420p"];
  await runProgram("ffmpeg", [
    ...["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", source, ...codec, `file:${path}`],
  ]);
}

async function makeSound(path: string, source: string): Promise<void> {
  await runProgram("ffmpeg", [
    ...["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", source],
    ...["-ac", "2", "-c:a", "pcm_s16le", `file:${path}`],
  ]);
}
