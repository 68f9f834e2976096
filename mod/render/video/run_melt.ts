import { join } from "@std/path";
import { type Clock, DomainError, LOG_TAIL_CHARS_MAX } from "../../core/mod.ts";
import type { ProcessOutcome, ProcessRunner, Programs } from "../../process/mod.ts";
import { untilStuck } from "./stuck_melt.ts";

/** Everything that a render needs of the machine. */
export interface RenderDeps {
  /** Runs the programs. */
  readonly processes: ProcessRunner;
  /** Where they are. */
  readonly programs: Programs;
  /** Waits by it. */
  readonly clock: Clock;
  /** Ends the render. */
  readonly signal?: AbortSignal;
  /** Milliseconds that are left for the whole render. */
  readonly remainingMs: () => number;
  /** Called whenever something goes on while sources are prepared. */
  readonly onSign: () => void;
}

/** One run of melt. */
export interface MeltRun {
  /** Working directory, 0700: document and result are in it. */
  readonly directory: string;
  /** File name of the document in it. */
  readonly documentName: string;
  /** File name of the result in it. */
  readonly outputName: string;
  /** Properties of the `avformat` consumer. */
  readonly properties: Readonly<Record<string, string>>;
  /** Threads for decoding and encoding, 1 or more. */
  readonly threads: number;
  /** Called with the number of frames that are done, about 20 times a second. */
  readonly onFrame: (framesDone: number) => void;
}

/**
 * Words on standard error after which the picture is not what was asked for, whatever the exit code.
 * melt renders on without a service or a file that it cannot load, and exits with 0.
 */
const FATAL_LINE =
  /failed to load|requires a X11|unrecogni[sz]ed|^Invalid|Could not|No space left on device/i;
/** Lines of FFmpeg's own, about the inside of a stream: what is wrong there shows in the result. */
const FFMPEG_LINE = /^\s*\[[\w,./ -]+ @ 0x[0-9a-f]+\]/;
const PROGRESS_LINE = /^Current Frame:\s+(\d+), percentage:\s+\d+/;

/**
 * Runs melt on a document. A returned promise means that it ended without a complaint, not that the
 * result is complete: that is for the caller to count.
 *
 * @throws {DomainError} `render_failed` with melt's last lines; `render_hung` after the deadline;
 * `cancelled`; `disk_full`; `program_missing`.
 */
export async function runMelt(run: MeltRun, deps: RenderDeps): Promise<void> {
  const said: { fatal?: string } = {};
  let outcome = await runUnlessStuck(run, { deps, said });
  for (let starts = 1; outcome === "stuck"; starts++) {
    if (starts === STARTS_MAX) {
      throw new DomainError("render_hung", `Cannot render: melt got stuck ${starts} times`);
    }
    outcome = await runUnlessStuck(run, { deps, said });
  }
  judge(outcome, said.fatal);
}

/** Tries before a melt that gets stuck at its start is given up; see `untilStuck`. */
const STARTS_MAX = 5;

async function runUnlessStuck(
  run: MeltRun,
  given: { readonly deps: RenderDeps; readonly said: { fatal?: string } },
): Promise<ProcessOutcome | "stuck"> {
  const { deps, said } = given;
  const [over, stuck] = [new AbortController(), new AbortController()];
  let lastFrame: string | undefined;
  let watch: Promise<void> | undefined;
  try {
    const outcome = await deps.processes.run({
      program: deps.programs.melt,
      args: [
        run.documentName,
        "-progress2",
        "-consumer",
        `avformat:${run.outputName}`,
        ...Object.entries(run.properties).map(([name, value]) => `${name}=${value}`),
        `threads=${run.threads}`,
        "real_time=-1",
      ],
      cwd: run.directory,
      env: meltEnvironment(run),
      timeoutMs: Math.max(1, deps.remainingMs()),
      onStarted: (melt) => {
        const outPath = join(run.directory, run.outputName);
        watch = untilStuck({ melt, outPath, clock: deps.clock, signal: over.signal })
          .then((isStuck) => isStuck ? stuck.abort() : undefined);
      },
      onStderrLine: (line) => {
        const frame = PROGRESS_LINE.exec(line)?.[1];
        if (frame !== undefined) {
          // melt repeats itself while it hangs.
          if (frame !== lastFrame) run.onFrame(Number(frame));
          lastFrame = frame;
        } else if (FATAL_LINE.test(line) && !FFMPEG_LINE.test(line)) said.fatal ??= line;
      },
      signal: AbortSignal.any([stuck.signal, ...(deps.signal === undefined ? [] : [deps.signal])]),
    });
    return stuck.signal.aborted && deps.signal?.aborted !== true ? "stuck" : outcome;
  } finally {
    over.abort();
    await watch;
  }
}

function judge(outcome: ProcessOutcome, fatal: string | undefined): void {
  if (outcome.endedBy === "signal") {
    throw new DomainError("cancelled", "Cannot finish the render: it was stopped");
  }
  if (outcome.endedBy === "timeout") {
    throw renderError("render_hung", {
      reason: "melt did not end in time",
      stderr: outcome.stderrTail,
    });
  }
  if (outcome.stderrTail.includes("No space left on device")) {
    throw new DomainError("disk_full", "Cannot write the rendered frames", {
      hint: "Free space on the disk of the work folder.",
    });
  }
  if (outcome.code === 0 && fatal === undefined) return;
  const reason = fatal ?? `melt ended with exit code ${outcome.code}`;
  throw renderError("render_failed", { reason, stderr: outcome.stderrTail });
}

/**
 * Qt's services ask for a display and take any name for one; `offscreen` then needs none. Nothing of
 * the user's own configuration is read.
 */
function meltEnvironment(run: MeltRun): Record<string, string> {
  return {
    DISPLAY: ":none",
    QT_QPA_PLATFORM: "offscreen",
    XDG_RUNTIME_DIR: run.directory,
    HOME: run.directory,
    MLT_AVFORMAT_THREADS: String(run.threads),
  };
}

/** A failed render with the renderer's last words, its progress left out. */
export function renderError(
  code: "render_failed" | "render_hung",
  failure: { readonly reason: string; readonly stderr: string },
): DomainError {
  const lines = failure.stderr.split(/[\r\n]+/).filter((line) =>
    line !== "" && !PROGRESS_LINE.test(line)
  );
  return new DomainError(code, `Cannot render: ${failure.reason}`, {
    details: { stderr: lines.join("\n").slice(-LOG_TAIL_CHARS_MAX) },
  });
}
