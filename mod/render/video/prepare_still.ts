import { ffmpegFile, ffmpegInput } from "../../process/mod.ts";
import { runFfmpeg } from "./run_ffmpeg.ts";
import type { RenderDeps } from "./run_melt.ts";
import type { Workspace } from "./workspace.ts";

/** Pixel formats of a PNG that the renderer reads value by value as FFmpeg does. */
const PLAIN_PNG = ["rgb24", "rgba"];

/**
 * Makes a still picture readable for the renderer: decoded and turned into RGB by FFmpeg, as the
 * editor does, whatever its format; never rotated.
 *
 * @returns Absolute path of a PNG of 8 bits per channel.
 * @throws {DomainError} `render_failed`, `render_hung`, `cancelled`, `disk_full`, `program_missing`.
 */
export async function prepareStill(
  still: { readonly path: string; readonly codec: string; readonly pixFmt: string },
  options: { readonly workspace: Workspace; readonly deps: RenderDeps },
): Promise<string> {
  const { workspace, deps } = options;
  const link = await workspace.linkTo(still.path);
  if (still.codec === "png" && PLAIN_PNG.includes(still.pixFmt)) return link;
  const path = workspace.pathOf(workspace.newName("still", ".png"));
  await runFfmpeg([
    "-noautorotate",
    ...ffmpegInput(link),
    ...["-map", "0:v:0", "-frames:v", "1", "-pix_fmt", "rgba", "-c:v", "png"],
    ...["-f", "image2", "-update", "1", ffmpegFile(path)],
  ], deps);
  return path;
}
