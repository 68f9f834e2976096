import { createSystemClock, type FrameRange, type RenderPlan } from "../../mod/core/mod.ts";
import { createSystemRunner, DEFAULT_PROGRAMS } from "../../mod/process/mod.ts";
import {
  filmContainer,
  getPreset,
  openFilm,
  type PresetName,
  renderAudioPart,
  renderVideoPart,
} from "../../mod/render/mod.ts";
import type { TempFolder } from "./temp.ts";

const PROCESSES = createSystemRunner({ env: (name) => Deno.env.get(name) });
const RENDER_MS_MAX = 120_000;
const RENDERS_AT_ONCE = 2;

/** How a film is made. */
export interface FilmOptions {
  /** Ranges that the pictures are rendered in, in order, all of the film. */
  readonly cuts: readonly FrameRange[];
  readonly preset: PresetName;
  /** Name of the film in the folder; its extension chooses the format. */
  readonly name: string;
  /** Where everything is written. */
  readonly folder: TempFolder;
}

/**
 * Makes a film as a farm would, part by part, with the renderer and the join alone.
 *
 * @returns Path of the film.
 */
export async function renderFilm(plan: RenderPlan, options: FilmOptions): Promise<string> {
  const { cuts, folder } = options;
  const preset = getPreset(options.preset);
  const outPath = folder.at(options.name);
  const workDir = await Deno.makeTempDir({ dir: folder.path, prefix: "film-" });
  const common = { programs: DEFAULT_PROGRAMS, processes: PROCESSES };
  const mediaPaths = (mediaId: string): readonly string[] =>
    plan.media.find(({ id }) => id === mediaId)?.paths ?? [];
  const pcmPath = `${workDir}/sound.pcm`;
  await renderAudioPart({
    ...common,
    plan: plan.audio,
    mediaPath: (mediaId) => mediaPaths(mediaId)[0] ?? "",
    workDir,
    outPath: pcmPath,
  });
  const film = await openFilm({
    ...common,
    plan,
    preset,
    container: filmContainer(preset, outPath),
    audio: { pcmPath },
    outPath,
    workDir,
  });
  const queue = [...cuts.entries()];
  const partPath = (index: number): string => `${workDir}/${index}${preset.partExtension}`;
  const render = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, range] = next;
      const partDir = `${workDir}/work-${index}`;
      await Deno.mkdir(partDir);
      await renderVideoPart({
        ...common,
        plan,
        range,
        preset,
        mediaPath: mediaPaths,
        workDir: partDir,
        outPath: partPath(index),
        // What a machine has differs; what it makes must not.
        threads: index % 2 + 1,
        deadlineMs: RENDER_MS_MAX,
        clock: createSystemClock(),
      });
    }
  };
  await Promise.all(Array.from({ length: RENDERS_AT_ONCE }, render));
  for (const [index, range] of cuts.entries()) await film.append(partPath(index), range);
  await film.finish();
  return outPath;
}

/** Cuts `[0, lengthFrames)` into so many ranges of uneven length, none empty. */
export function cutUnevenly(lengthFrames: number, count: number): FrameRange[] {
  const weights = Array.from({ length: count }, (_, index) => 2 + (index * 7) % 5);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let [seen, startFrame] = [0, 0];
  return weights.map((weight) => {
    seen += weight;
    const endFrame = Math.round(lengthFrames * seen / whole);
    const range = { startFrame, endFrame };
    startFrame = endFrame;
    return range;
  });
}
