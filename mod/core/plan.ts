import type { AudioPlan } from "./audio_plan.ts";
import type { Rational } from "./frames.ts";
import type { VideoPlan } from "./video_plan.ts";

/**
 * Everything a worker needs to render any part of a job: the master makes it once from the project,
 * every worker gets the same bytes. Plain JSON. Media are named by id, never by a path of the
 * master's; a worker puts its own paths in.
 */
export interface RenderPlan {
  readonly planVersion: 1;
  /** Name of the exported sequence, for people. */
  readonly title: string;
  /** Size of the film, pixels. */
  readonly width: number;
  readonly height: number;
  /** Exact frame rate of the film. */
  readonly fps: Rational;
  /** Frames of the film; parts are ranges of `[0, lengthFrames)`. */
  readonly lengthFrames: number;
  readonly video: VideoPlan;
  readonly audio: AudioPlan;
  readonly media: readonly PlanMedia[];
  /** What the film will not show as the editor would, one entry each. */
  readonly warnings: readonly PlanWarning[];
}

/** One file that the plan reads. An image sequence is one entry with several files. */
export interface PlanMedia {
  /** `m1`, `m2`, ... in the order of first use. */
  readonly id: string;
  /** Absolute canonical paths on the master's host: one, or all files of an image sequence in order. */
  readonly paths: readonly string[];
  /** Name of the footage in the project, for people. */
  readonly name: string;
  /** `true` if `paths` are the frames of an image sequence. */
  readonly isImageSequence: boolean;
}

/** Something that a person should know before the film is made. */
export interface PlanWarning {
  /** Line of the project file, from 1; absent where no single line is meant. */
  readonly line?: number;
  /** What it is about: name of the clip, effect or media. */
  readonly subject: string;
  /** One sentence without a period. */
  readonly message: string;
}
