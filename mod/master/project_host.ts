import { type DomainError, isDomainError, type MediaProbe } from "../core/mod.ts";
import { probeMedia, resolveInsideRoots } from "../media/mod.ts";
import type { ProcessRunner, Programs } from "../process/mod.ts";
import type { ProjectHost } from "../project/mod.ts";

/** What looking at the master's machine needs. */
export interface ProjectHostDeps {
  /** Folders that projects and media may lie in. */
  readonly roots: readonly string[];
  readonly processes: ProcessRunner;
  readonly programs: Pick<Programs, "ffprobe">;
}

/** The master's machine, as far as a project may see it: the allowed roots and nothing else. */
export function createProjectHost(deps: ProjectHostDeps): ProjectHost {
  return {
    resolveFile: (candidates) => firstFile(candidates, deps.roots),
    listFiles: (directory) => listFiles(directory, deps.roots),
    probe: (path): Promise<MediaProbe> => probeMedia(path, deps),
  };
}

async function firstFile(
  candidates: readonly string[],
  roots: readonly string[],
): Promise<string | undefined> {
  let refusal: DomainError | undefined;
  for (const candidate of candidates) {
    if (candidate.includes("\0")) continue;
    const info = await Deno.stat(candidate).catch(() => undefined);
    if (info?.isFile !== true) continue;
    try {
      return await resolveInsideRoots(candidate, roots);
    } catch (error) {
      if (!isDomainError(error, "path_refused")) throw error;
      // A later candidate may be inside; the refusal counts only if none is.
      refusal ??= error;
    }
  }
  if (refusal !== undefined) throw refusal;
  return undefined;
}

async function listFiles(directory: string, roots: readonly string[]): Promise<readonly string[]> {
  const info = await Deno.stat(directory).catch(() => undefined);
  if (info?.isDirectory !== true) return [];
  const canonical = await resolveInsideRoots(directory, roots);
  const names: string[] = [];
  for await (const entry of Deno.readDir(canonical)) {
    if (!entry.isDirectory) names.push(entry.name);
  }
  return names;
}
