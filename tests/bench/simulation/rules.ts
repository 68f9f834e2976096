import { frameCount, type FrameRange } from "../../../mod/core/mod.ts";
import {
  chooseWork,
  type Decision,
  type NoWork,
  type WorkerSnapshot,
  type WorkQuery,
} from "../../../mod/master/policy/mod.ts";
import type { Random } from "./random.ts";

/** How work is handed out. */
export interface Rule {
  readonly name: string;
  /** Parts that a worker may have waiting for each of its slots. */
  readonly ahead: 0 | 1;
  /** Losers of a second attempt are told to stop. */
  readonly cancelsLosers: boolean;
  choose(query: WorkQuery): Decision | NoWork;
}

/** The program's own. */
export const OUR_RULE: Rule = {
  name: "olive",
  ahead: 1,
  cancelsLosers: true,
  choose: chooseWork,
};

const ORIGINAL_FRAMES = 900;

/**
 * The rule of the system that came before: parts of 900 frames and up to 900 more by the worker's
 * share of all scores; when none is left, anyone repeats a part that is in work, drawn at random.
 */
export function originalRule(
  random: Random,
  scoreOf: (worker: WorkerSnapshot) => number,
): Rule {
  return {
    name: "original",
    ahead: 0,
    cancelsLosers: false,
    choose(query): Decision | NoWork {
      const worker = query.workers.find(({ name }) => name === query.worker);
      const [job] = query.jobs;
      if (worker === undefined || job === undefined) return { kind: "nothing", reason: "No job" };
      const sum = query.workers.reduce((total, each) => total + scoreOf(each), 0);
      const frames = ORIGINAL_FRAMES + Math.ceil(scoreOf(worker) / sum * ORIGINAL_FRAMES);
      const [queued] = job.queued;
      const base = { jobId: job.id, reason: "The original's rule" };
      if (queued !== undefined) {
        return { ...base, kind: "carve", range: firstFrames(queued, frames) };
      }
      const [failed] = job.failed;
      if (failed !== undefined) return { ...base, kind: "retry", partId: failed.partId };
      const others = job.ongoing.filter((part) =>
        part.attempts.every((attempt) => attempt.worker !== worker.name)
      );
      const drawn = others[random.index(others.length)];
      if (drawn === undefined) return { kind: "nothing", reason: "Nothing to repeat" };
      return { ...base, kind: "second", partId: drawn.partId };
    },
  };
}

function firstFrames(range: FrameRange, frames: number): FrameRange {
  const { startFrame } = range;
  return { startFrame, endFrame: startFrame + Math.min(frames, frameCount(range)) };
}
