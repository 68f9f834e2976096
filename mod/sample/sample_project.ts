import { join } from "@std/path";
import { makeSampleMedia, SAMPLE_MEDIA, type SampleMediaDeps } from "./sample_media.ts";

/** Length of the sample's sequence, frames at 30 per second. */
export const SAMPLE_FRAMES = 420;
/** Name of the sample's project file. */
export const SAMPLE_PROJECT_FILE = "sample film.ove";

const DISSOLVE_FRAMES = 30;
const CUT_FRAME = 210;

/**
 * Makes the sample project with its media: two video tracks, a dissolve between two clips, a
 * title-like bar, a moving picture-in-picture and two sound tracks with fades.
 *
 * @param folder Absolute path of an existing folder; files of the sample in it are replaced.
 * @returns Absolute path of the project file.
 * @throws {DomainError} `program_missing` without ffmpeg, `io_failed` if it cannot write.
 */
export async function makeSampleProject(folder: string, deps: SampleMediaDeps): Promise<string> {
  await makeSampleMedia(folder, deps);
  const path = join(folder, SAMPLE_PROJECT_FILE);
  await Deno.writeTextFile(path, sampleProjectText());
  return path;
}

/** The project file's text, in the format of Olive 0.1 (version 190219). */
export function sampleProjectText(): string {
  const { width, height, fps, seconds, files } = SAMPLE_MEDIA;
  const video =
    `<video id="0" width="${width}" height="${height}" framerate="${fps}.0" infinite="0"/>`;
  const audio = `<audio id="0" channels="2" layout="3" frequency="48000"/>`;
  const footage = [[files.street, video], [files.waves, video], [files.melody, audio], [
    files.beat,
    audio,
  ]].map(([name, stream], index) =>
    `<footage id="${index + 1}" folder="0" name="${name}" url="${name}" ` +
    `duration="${seconds * 1_000_000}" speed="1" alphapremul="0" proxy="0">${stream}</footage>`
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<project><version>190219</version><url>${SAMPLE_PROJECT_FILE}</url><folders/>
<media>${footage.join("\n")}</media>
<sequences><sequence id="1" folder="0" name="Sample film" width="${width}" height="${height}" framerate="${fps}.0" afreq="48000" alayout="3" open="1" workarea="0" workareaIn="0" workareaOut="0">
${sampleClips().join("\n")}
</sequence></sequences></project>
`;
}

function sampleClips(): string[] {
  const extra = DISSOLVE_FRAMES / 2;
  const dissolve = `length="${extra}" name="/Cross Dissolve" enabled="1"`;
  return [
    clip({ id: 0, span: [0, CUT_FRAME], track: -1, media: 1 }, `<closing ${dissolve}/>`),
    clip(
      { id: 1, span: [CUT_FRAME, SAMPLE_FRAMES], track: -1, media: 2, clipin: extra },
      `<opening shared="0"/>`,
    ),
    clip({ id: 2, span: [45, 255], track: -2, media: 1, clipin: 60 }, pictureInPicture()),
    clip({ id: 3, span: [90, 330], track: -3 }, titleBar()),
    clip(
      { id: 4, span: [0, 300], track: 0, media: 3 },
      `<closing length="60" name="/Linear Fade" enabled="1"/>${row1("/Volume", { volume: "0.8" })}`,
    ),
    clip(
      { id: 5, span: [120, SAMPLE_FRAMES], track: 1, media: 4 },
      `<opening length="30" name="/Logarithmic Fade" enabled="1"/>${row1("/Pan", { pan: "-40" })}`,
    ),
  ];
}

interface ClipFacts {
  readonly id: number;
  readonly span: readonly [number, number];
  readonly track: number;
  readonly media?: number;
  readonly clipin?: number;
}

function clip(facts: ClipFacts, inner: string): string {
  const [start, end] = facts.span;
  const source = facts.media === undefined ? "" : ` media="${facts.media}" stream="0"`;
  return `<clip id="${facts.id}" enabled="1" name="clip ${facts.id}" clipin="${
    facts.clipin ?? 0
  }" in="${start}" out="${end}" track="${facts.track}" r="1" g="2" b="3" autoscale="0" speed="1" maintainpitch="0" reverse="0" type="0"${source}><linked></linked>${inner}</clip>`;
}

function row1(name: string, fields: Readonly<Record<string, string>>): string {
  const inner = Object.entries(fields).map(([id, value]) => `<field id="${id}" value="${value}"/>`);
  return `<effect name="${name}" enabled="1"><row>${inner.join("")}</row></effect>`;
}

function transform(position: string, rest: Readonly<Record<string, string>>): string {
  const rows = Object.entries(rest).map(([id, value]) =>
    `<row><field id="${id}" value="${value}"/></row>`
  );
  return `<effect name="Distort/Transform" enabled="1"><row>${position}</row>${
    rows.join("")
  }</effect>`;
}

function pictureInPicture(): string {
  const key = (frame: number, value: number): string =>
    `<key value="${value}" frame="${frame}" type="1" prehx="-40" prehy="0" posthx="40" posthy="0"/>`;
  const position = `<field id="posx" value="200">${key(60, 160)}${key(200, 780)}</field>` +
    `<field id="posy" value="150">${key(60, 130)}${key(200, 150)}</field>`;
  return transform(position, { scalex: "30", uniformscale: "1", rotation: "-6", opacity: "90" });
}

function titleBar(): string {
  const { width, height } = SAMPLE_MEDIA;
  const position = `<field id="posx" value="${width / 2}"/><field id="posy" value="${
    height - 70
  }"/>`;
  const solid = `<effect name="Render/Solid" enabled="1"><row><field id="type" value="0"/></row>` +
    `<row><field id="opacity" value="100"/></row><row><field id="color" value="#f0c020"/></row>` +
    `<row><field id="checker_size" value="10"/></row></effect>`;
  return `<opening length="15" name="/Cross Dissolve" enabled="1"/><closing length="15" name="/Cross Dissolve" enabled="1"/>` +
    transform(position, { scalex: "60", uniformscale: "0", opacity: "85" })
      .replace(
        `<field id="scalex" value="60"/>`,
        `<field id="scalex" value="60"/><field id="scaley" value="9"/>`,
      ) +
    solid;
}
