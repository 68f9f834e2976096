import { availableParallelism } from "node:os";
import { createSystemClock, DomainError, SLOTS_MAX } from "../mod/core/mod.ts";
import { createSystemRunner } from "../mod/process/mod.ts";
import { detectMelt } from "../mod/render/mod.ts";
import { writeBenchmark } from "./benchmark_file.ts";
import type { Command, CommandIo } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { stateDirOf } from "./farm_state.ts";
import { type Flags, type FlagSpecs, readFlags } from "./flags.ts";
import { measureScore } from "./measure_score.ts";
import { PROGRAM_FLAGS, programsOf } from "./program_settings.ts";
import { formatDuration } from "./progress_line.ts";
import { integerSetting } from "./settings.ts";

const FLAGS: FlagSpecs = {
  ...PROGRAM_FLAGS,
  "state-dir": { kind: "text" },
  slots: { kind: "text" },
  threads: { kind: "text" },
  score: { kind: "switch" },
  json: { kind: "switch" },
};

/** `olive bench` */
export const benchCommand: Command = {
  name: "bench",
  summary: "Measure this machine on the built-in sample project",
  usage: `Usage: olive bench --score [OPTIONS]

Renders the built-in sample project on this machine and prints its speed, frames per second. The
worker on this machine tells it to the master, which so knows what to expect of the worker before
its first job. A worker without a score measures it by itself once it has stood idle for a minute.

      --score            Measure the score
      --threads N        Threads of the render, as the worker's (default: processors / slots)
      --slots N          Slots of the worker (default 1)
      --melt PATH        The renderer (default: melt on the search path); also --ffmpeg, --ffprobe
      --state-dir DIR    Where the score is kept, as the worker's
      --json             One JSON object

Examples:
  olive bench --score
  olive bench --score --slots 2 --json
`,
  run(argv, io): Promise<number> {
    const flags = readFlags(argv, FLAGS);
    if (!flags.has("score") || flags.operands.length > 0) {
      throw new DomainError("usage", "Cannot tell what to measure", {
        hint: "For example: olive bench --score",
      });
    }
    return runScore(flags, io);
  },
};

async function runScore(flags: Flags, io: CommandIo): Promise<number> {
  const sources = { flags, io };
  const slots = integerSetting(sources, { name: "slots", fallback: 1, min: 1, max: SLOTS_MAX });
  const fallback = Math.max(1, Math.floor(availableParallelism() / slots));
  const threads = integerSetting(sources, { name: "threads", fallback, min: 1, max: 1024 });
  const clock = createSystemClock();
  const stop = new AbortController();
  const unlisten = io.onStopSignal(() => stop.abort());
  try {
    const deps = {
      clock,
      programs: programsOf(sources),
      processes: createSystemRunner({ env: io.env }),
    };
    const melt = await detectMelt(deps);
    if (melt === undefined) {
      throw new DomainError("program_missing", `Cannot measure: there is no ${deps.programs.melt}`);
    }
    io.stderr("Rendering the sample project\n");
    const score = await measureScore(deps, { threads, signal: stop.signal });
    const renderer = `melt ${melt.version}`;
    const { fps } = score;
    const measured = { fps, renderer, threads, measuredAtMs: clock.nowMs() };
    await writeBenchmark(stateDirOf(sources), measured);
    io.stdout(
      flags.has("json") ? JSON.stringify({ ...score, ...measured }) + "\n" : `${fps.toFixed(1)}\n`,
    );
    io.stderr(
      `${score.frames} frames in ${
        formatDuration(score.renderMs)
      } with ${renderer} on ${threads} ` +
        `${threads === 1 ? "thread" : "threads"}\n`,
    );
    return EXIT.ok;
  } catch (error) {
    if (stop.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    unlisten();
  }
}
