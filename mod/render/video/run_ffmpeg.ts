import { DomainError } from "../../core/mod.ts";
import { type RenderDeps, renderError } from "./run_melt.ts";

/**
 * Runs ffmpeg on behalf of a render.
 *
 * @param args Everything behind the general options.
 * @param deps Runner, programs, deadline; `onStderrLine` takes its log, at level `info`.
 * @throws {DomainError} `render_failed`, `render_hung`, `cancelled`, `disk_full`, `program_missing`.
 */
export async function runFfmpeg(
  args: readonly string[],
  deps: RenderDeps & { readonly onStderrLine?: (line: string) => void },
): Promise<void> {
  const level = deps.onStderrLine === undefined ? "error" : "info";
  const outcome = await deps.processes.run({
    program: deps.programs.ffmpeg,
    args: ["-nostdin", "-hide_banner", "-nostats", "-v", level, "-y", ...args],
    timeoutMs: Math.max(1, deps.remainingMs()),
    ...(deps.onStderrLine === undefined ? {} : { onStderrLine: deps.onStderrLine }),
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  });
  if (outcome.endedBy === "signal") {
    throw new DomainError("cancelled", "Cannot finish the render: it was stopped");
  }
  const failure = { reason: "ffmpeg could not prepare a source", stderr: outcome.stderrTail };
  if (outcome.endedBy === "timeout") throw renderError("render_hung", failure);
  if (outcome.code === 0) return;
  if (outcome.stderrTail.includes("No space left on device")) {
    throw new DomainError("disk_full", "Cannot write prepared frames", {
      hint: "Free space on the disk of the work folder.",
    });
  }
  throw renderError("render_failed", failure);
}
