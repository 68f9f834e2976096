/** Frames that take longer, or less, than others. */
export interface Scene {
  /** Frames `[startFrame, endFrame)` of the film. */
  readonly startFrame: number;
  readonly endFrame: number;
  /** Speed here, as a multiple of the renderer's own: 0.5 takes twice as long. Above 0. */
  readonly factor: number;
}

/**
 * How a fake renderer behaves. Kept in a file beside its launcher and read again while it renders,
 * so that a fault can be switched on in the middle of a part. Numbers of frames are the film's.
 */
export interface FakeMeltSettings {
  /** Frames per second, above 0. */
  readonly fps: number;
  /** From the start of its process until it begins with the first frame, seconds. */
  readonly startSeconds: number;
  /** Where it is slower or quicker; the first that holds a frame counts. */
  readonly scenes: readonly Scene[];
  /** It ends with exit code 1 and these words when it comes to a frame of the range. */
  readonly failure?: {
    readonly startFrame: number;
    readonly endFrame: number;
    readonly message: string;
  };
  /** It ends at this frame as if it were done, with exit code 0: a short file. */
  readonly shortAtFrame?: number;
  /** It kills itself when it comes to this frame. */
  readonly dieAtFrame?: number;
  /** It makes no more frames from this one on, and lives on. */
  readonly hangAtFrame?: number;
  /** It makes no more frames from now on, and lives on. */
  readonly isHung: boolean;
}

/** A quick and healthy renderer. */
export const FAKE_MELT_DEFAULTS: FakeMeltSettings = {
  fps: 120,
  startSeconds: 0.3,
  scenes: [],
  isHung: false,
};

/** Whether a frame lies in a range; absent: no. */
export function holdsFrame(
  range: { readonly startFrame: number; readonly endFrame: number } | undefined,
  frame: number,
): boolean {
  return range !== undefined && frame >= range.startFrame && frame < range.endFrame;
}

/** Seconds that a frame takes. */
export function secondsOfFrame(settings: FakeMeltSettings, frame: number): number {
  const scene = settings.scenes.find((candidate) => holdsFrame(candidate, frame));
  return 1 / (settings.fps * (scene?.factor ?? 1));
}
