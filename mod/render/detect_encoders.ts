import { DomainError } from "../core/mod.ts";
import type { ProcessRunner, Programs } from "../process/mod.ts";
import { listPresets } from "./presets.ts";

const DETECT_TIMEOUT_MS = 20_000;

/**
 * Asks ffmpeg which of the presets' encoders it has; the renderer uses the same libraries.
 *
 * @returns Names of encoders, of those that a preset asks for.
 * @throws {DomainError} `program_missing` without ffmpeg, `render_failed` if it does not answer.
 */
export async function detectEncoders(
  deps: { readonly processes: ProcessRunner; readonly programs: Pick<Programs, "ffmpeg"> },
): Promise<readonly string[]> {
  const outcome = await deps.processes.run({
    program: deps.programs.ffmpeg,
    args: ["-hide_banner", "-encoders"],
    timeoutMs: DETECT_TIMEOUT_MS,
  });
  if (outcome.code !== 0) {
    throw new DomainError("render_failed", "Cannot ask ffmpeg for its encoders", {
      details: { stderr: outcome.stderrTail },
    });
  }
  const listed = new TextDecoder().decode(outcome.stdout);
  const names = new Set(listed.split("\n").map((line) => /^ V\S+ (\S+)/.exec(line)?.[1] ?? ""));
  const wanted = listPresets().map((preset) => preset.meltProperties["vcodec"] ?? "");
  return [...new Set(wanted)].filter((name) => names.has(name)).toSorted();
}
