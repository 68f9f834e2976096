import type { FrameRange, RenderPlan } from "../core/mod.ts";

/** What a part is: pictures of a range, or the sound of the whole film. */
export type PartKind = "video" | "audio";

/** One render. */
export interface RenderRequest {
  /** The job's plan. */
  readonly plan: RenderPlan;
  /** Frames of the film; the sound's range is the whole film. */
  readonly range: FrameRange;
  /** Name of the preset. */
  readonly preset: string;
  /** Local paths of a media of the plan: one, or all files of an image sequence in order. */
  readonly mediaPath: (mediaId: string) => readonly string[];
  /** Empty folder of this render alone; removed afterwards with all that is in it. */
  readonly workDir: string;
  /** Where the result goes; its extension is `resultExtension`'s. Outside of `workDir`. */
  readonly outPath: string;
  /** Threads that the render may use, 1 or more. */
  readonly threads: number;
  /**
   * Takes the number of frames that are done, never decreasing. For sound: of the film's frames.
   * Each call is a sign of life too, also with the same number: a render that prepares its
   * sources says so with 0.
   */
  readonly onProgress: (framesDone: number) => void;
  /** Kills the render with all of its processes; the call then rejects. */
  readonly signal: AbortSignal;
}

/** What a render leaves behind beside its file. */
export interface RenderedPart {
  /** Renderer and version: `melt 7.22.0`. */
  readonly renderer: string;
  /** Its last words. */
  readonly logTail: string;
}

/**
 * Makes parts. A DomainError that it throws becomes the attempt's report; `details.logTail` or
 * `details.stderr` may carry the renderer's last words.
 */
export interface PartRenderer {
  /** Makes the video file of a range. */
  renderVideo(request: RenderRequest): Promise<RenderedPart>;
  /** Makes the sound of the whole film. */
  renderAudio(request: RenderRequest): Promise<RenderedPart>;
  /** Extension of a result with its dot. Absent: none. */
  resultExtension?(kind: PartKind, preset: string): string;
  /** Media that a part needs, by id. Absent: all of the plan. */
  neededMedia?(
    plan: RenderPlan,
    part: { readonly kind: PartKind; readonly range: FrameRange },
  ): readonly string[];
  /**
   * Checks a result before it is sent, all that needs a program included: the master only reads its
   * tables and compares its bytes. Throws what the report should say.
   */
  checkResult?(kind: PartKind, request: RenderRequest): Promise<void>;
}
