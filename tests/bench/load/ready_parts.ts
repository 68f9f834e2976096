import { join } from "@std/path";
import { getPreset } from "../../../mod/render/mod.ts";
import { encodePictures, runFfmpeg } from "../../support/encode_media.ts";

/** Preset of ready parts: every frame is a key frame, so that one film can be cut anywhere. */
export const READY_PRESET = "lossless";

/** What {@linkcode makeReadyParts} makes. */
export interface ReadyPartsOptions {
  /** Existing folder for the parts, absolute. */
  readonly folder: string;
  /** Lengths from 1 to this are made, frames. */
  readonly framesMax: number;
  readonly width: number;
  readonly height: number;
  /** Frames per second of the film, a whole number. */
  readonly fps: number;
}

/** Makes parts that a master accepts, one for each length: renderers that only take time copy them. */
export async function makeReadyParts(options: ReadyPartsOptions): Promise<void> {
  const { folder, framesMax, fps, ...size } = options;
  const longest = readyPartPath(folder, framesMax);
  const range = { startFrame: 0, endFrame: framesMax };
  const preset = getPreset(READY_PRESET);
  await encodePictures(longest, { ...size, preset, fps: { num: fps, den: 1 }, range });
  const lengths = Array.from({ length: framesMax - 1 }, (_, index) => index + 1);
  await runFfmpeg([
    ...["-i", `file:${longest}`],
    ...lengths.flatMap((frames) => [
      ...["-map", "0:v", "-c", "copy", "-frames:v", String(frames)],
      ...["-f", "mov", `file:${readyPartPath(folder, frames)}`],
    ]),
  ]);
}

/** Where the part of a length lies. */
export function readyPartPath(folder: string, frames: number): string {
  return join(folder, `${frames}${getPreset(READY_PRESET).partExtension}`);
}
