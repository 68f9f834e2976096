/**
 * Which frame of its media a clip shows: the last one that is not after the moment, for rates that
 * differ, changed speed, playing backwards and time stamps of any kind. Every frame of the media
 * carries its number.
 */
import { assertEquals } from "@std/assert";
import { makeCountingFilm, readFrameNumber } from "../support/media.ts";
import { decodePictures } from "../support/pixels.ts";
import { planProject, renderRange } from "../support/render_project.ts";
import { readProgram, runProgram } from "../support/run_program.ts";
import { makeTemp, type TempFolder } from "../support/temp.ts";

interface Choice {
  /** File in the folder. */
  readonly media: string;
  /** Rate of the sequence as a project has it. */
  readonly fps: string;
  /** Attributes of the clip. */
  readonly clip?: string;
  /** Frames to render. */
  readonly range: readonly [number, number];
}

async function readShown(folder: TempFolder, choice: Choice): Promise<number[]> {
  const source = `<project><version>190219</version>
    <media><footage id="1" name="m" url="${choice.media}"/></media>
    <sequences><sequence id="1" name="S" width="160" height="90" framerate="${choice.fps}" open="1">
    <clip id="0" in="0" out="300" track="-1" media="1" stream="0" ${choice.clip ?? ""}/>
    </sequence></sequences></project>`;
  const plan = await planProject({ path: folder.at("p.ove"), source });
  const [startFrame, endFrame] = choice.range;
  const part = await renderRange(plan, { range: { startFrame, endFrame }, folder });
  return (await decodePictures(part)).map(readFrameNumber);
}

function count(
  [start, end]: readonly [number, number],
  shown: (frame: number) => number,
): number[] {
  return Array.from({ length: end - start }, (_, index) => shown(start + index));
}

/** Whole part, unharmed by what doubles leave of a whole number. */
function floor(value: number): number {
  return Math.floor(value + 1e-9);
}

const H264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "12", "-pix_fmt", "yuv420p"];

Deno.test("renderVideoPart() shows the frame before where rates differ", async () => {
  await using folder = await makeTemp("rates");
  await makeCountingFilm(folder.at("25.mp4"), { frames: 60, fps: "25", codec: H264 });
  await makeCountingFilm(folder.at("60.mp4"), { frames: 120, fps: "60", codec: H264 });
  await makeCountingFilm(folder.at("24.mkv"), { frames: 60, fps: "24000/1001", codec: H264 });
  const range = [11, 40] as const;
  assertEquals(
    await readShown(folder, { media: "25.mp4", fps: "30.0000000000", range }),
    count(range, (frame) => floor(frame * 25 / 30)),
  );
  assertEquals(
    await readShown(folder, { media: "60.mp4", fps: "30.0000000000", range }),
    count(range, (frame) => frame * 2),
  );
  assertEquals(
    await readShown(folder, { media: "24.mkv", fps: "29.9700299700", range }),
    count(range, (frame) => floor(frame * 24 / 30)),
  );
});

Deno.test("renderVideoPart() shows the frame before at changed speed and backwards", async () => {
  await using folder = await makeTemp("speeds");
  await makeCountingFilm(folder.at("30.mp4"), { frames: 90, fps: "30", codec: H264 });
  const range = [7, 37] as const;
  const media = { media: "30.mp4", fps: "30.0000000000", range };
  assertEquals(
    await readShown(folder, { ...media, clip: 'speed="1.37" clipin="5"' }),
    count(range, (frame) => floor((frame + 5) * 1.37)),
  );
  assertEquals(
    await readShown(folder, { ...media, clip: 'speed="0.5"' }),
    count(range, (frame) => floor(frame / 2)),
  );
  assertEquals(
    await readShown(folder, { ...media, clip: 'reverse="1" clipin="10"' }),
    count(range, (frame) => 90 - (frame + 10) - 1),
  );
});

Deno.test("renderVideoPart() goes by the time stamps of a film of varying rate", async () => {
  await using folder = await makeTemp("varying");
  const media = folder.at("varying.mp4");
  await makeCountingFilm(folder.at("30.mkv"), { frames: 90, fps: "30", codec: H264 });
  await runProgram("ffmpeg", [
    ...["-v", "error", "-y", "-i", folder.at("30.mkv"), "-fps_mode", "vfr"],
    ...["-vf", "settb=1/90000,setpts='(N+0.6*mod(N,3)+9*gte(N,40))*3000'"],
    ...[...H264, "-g", "24", "-enc_time_base", "1:90000", media],
  ]);
  const list = await readProgram("ffprobe", [
    ...["-v", "error", "-select_streams", "v:0", "-show_entries", "frame=pts_time"],
    ...["-of", "csv=p=0", media],
  ]);
  const times = list.split("\n").map((line) => parseFloat(line)).filter(Number.isFinite);
  assertEquals(times.length, 90);
  const shownAt = (seconds: number): number =>
    Math.max(0, times.findLastIndex((time) => time <= seconds + 1e-5));
  for (const range of [[0, 12], [30, 60], [71, 80]] as const) {
    assertEquals(
      await readShown(folder, { media: "varying.mp4", fps: "30.0000000000", range }),
      count(range, (frame) => shownAt(frame / 30)),
    );
  }
});
