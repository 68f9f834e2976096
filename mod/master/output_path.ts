import { basename, dirname, extname, isAbsolute, join } from "@std/path";
import { DomainError } from "../core/mod.ts";
import { filmContainer, type Preset } from "../render/mod.ts";

/** What decides where a film goes. */
export interface OutputRequest {
  /** Canonical path of the project. */
  readonly projectPath: string;
  /** What the person asked for; absent: beside the project, named after it. */
  readonly outputPath: string | undefined;
  readonly preset: Preset;
  readonly overwrite: boolean;
  /** Canonical folders that may be written below; see `resolveInsideRoots`. */
  readonly resolveFolder: (folder: string) => Promise<string>;
}

/**
 * Decides where a film goes, before any work is done for it.
 *
 * @returns Absolute path in an existing folder within the allowed roots.
 * @throws {DomainError} `output_refused` if the path is not absolute, its extension does not fit
 * the preset, its folder does not exist, or a file is there that must not be replaced;
 * `path_refused` outside the roots.
 */
export async function decideOutputPath(request: OutputRequest): Promise<string> {
  const { projectPath, preset } = request;
  const wanted = request.outputPath ??
    join(
      dirname(projectPath),
      basename(projectPath, extname(projectPath)) + preset.filmExtension,
    );
  if (!isAbsolute(wanted)) {
    throw new DomainError("output_refused", `Cannot write ${wanted}: the path is not absolute`);
  }
  filmContainer(preset, wanted);
  const folder = await existingFolder(dirname(wanted), request.resolveFolder);
  const path = join(folder, basename(wanted));
  const info = await Deno.lstat(path).catch(() => undefined);
  if (info === undefined) return path;
  if (!info.isFile) {
    throw new DomainError("output_refused", `Cannot write ${path}: it is no ordinary file`);
  }
  if (!request.overwrite) {
    throw new DomainError("output_refused", `Cannot write ${path}: it exists`, {
      hint: "Give --overwrite to replace it, or --output for another name",
    });
  }
  return path;
}

async function existingFolder(
  folder: string,
  resolveFolder: (folder: string) => Promise<string>,
): Promise<string> {
  const info = await Deno.stat(folder).catch(() => undefined);
  if (info?.isDirectory !== true) {
    throw new DomainError("output_refused", `Cannot write into ${folder}: there is no such folder`);
  }
  return await resolveFolder(folder);
}
