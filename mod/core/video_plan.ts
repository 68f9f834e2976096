import type { FrameRange, Rational } from "./frames.ts";
import type { Steps } from "./steps.ts";

/**
 * How the pictures are made. `mod/project` writes it, `mod/render` carries it out, range by range.
 *
 * Everything is resolved: integer frames, values tabulated per frame, media by id. It is not yet a
 * document of the renderer: that is made for each range, so that a part opens only the media that it
 * shows.
 */
export interface VideoPlan {
  /** Program that composes the pictures; the filters of the layers are its services. */
  readonly renderer: "melt";
  /** The film is the first; the others are shown by layers of earlier ones. No cycles. */
  readonly scenes: readonly VideoScene[];
}

/** A timeline of pictures. Transparent where no layer is, which is black in the film. */
export interface VideoScene {
  /** Name of the sequence, for people. */
  readonly name: string;
  /** Size, pixels. */
  readonly width: number;
  /** Size, pixels. */
  readonly height: number;
  /** Exact frame rate. */
  readonly fps: Rational;
  /** In drawing order, the bottom first. */
  readonly layers: readonly VideoLayer[];
}

/** One picture, drawn over what is below it. */
export interface VideoLayer {
  /** Name of the clip, for people. */
  readonly name: string;
  /** Frames of the scene at which it is there; at least one. */
  readonly range: FrameRange;
  /** Where the picture comes from. */
  readonly source: LayerSource;
  /** Applied to the picture at its own size, before it is placed, in order. */
  readonly filters: readonly LayerFilter[];
  /** Where it goes. */
  readonly placement: Steps<Placement>;
}

/**
 * Where a picture goes: its upper left corner before rotation, its size, all in pixels of the scene;
 * the angle around its centre in degrees, positive is clockwise; opacity 0..1.
 */
export type Placement = readonly [
  x: number,
  y: number,
  width: number,
  height: number,
  rotation: number,
  opacity: number,
];

/** Where a layer's picture comes from. */
export type LayerSource =
  | MediaSource
  | StillSource
  | SequenceOfStills
  | SceneSource
  | ColorSource
  | DrawingSource;

/** Moment of a source as a function of the frame of the scene. */
export interface SourceTime {
  /** Frame of the scene at which `clipInFrame` is played; frames before it count as it. */
  readonly inFrame: number;
  /** Clip frame at `inFrame`. */
  readonly clipInFrame: number;
  /** Seconds of the source per second of the scene, > 0. */
  readonly speed: number;
  /** Length of the whole source in clip frames, if it is played backwards from there. */
  readonly reversedFromFrame?: number;
}

/** Frames of a film file. */
export interface MediaSource {
  /** Which kind of source this is. */
  readonly kind: "media";
  /** Id of a `PlanMedia`. */
  readonly mediaId: string;
  /** Absolute index of the stream in its file. */
  readonly streamIndex: number;
  /** FFmpeg's name of the pixel format. */
  readonly pixFmt: string;
  /** Matrix that turns its samples into RGB, as the renderer numbers it. */
  readonly matrix: "601" | "709" | "240" | "2020";
  /** Samples use the full range. */
  readonly isFullRange: boolean;
  /** Nominal frame rate. */
  readonly rate: Rational;
  /** Every frame lasts exactly as long as the rate says, so that counting frames tells the time. */
  readonly isConstantRate: boolean;
  /** The container's average rate says the same, so that every program counts its frames alike. */
  readonly isRateCertain: boolean;
  /** Seconds per tick of the stream's time stamps. */
  readonly timeBase: Rational;
  /** First time stamp, ticks. */
  readonly startPts: number;
  /** Frames of the stream; of a constant rate always known. */
  readonly frameCount?: number;
  /** Which moment is shown when. */
  readonly time: SourceTime;
}

/** One picture for the whole length of the layer. */
export interface StillSource {
  /** Which kind of source this is. */
  readonly kind: "still";
  /** Id of a `PlanMedia`. */
  readonly mediaId: string;
  /** FFmpeg's name of the pixel format. */
  readonly pixFmt: string;
  /** FFmpeg's name of the codec. */
  readonly codec: string;
}

/** Numbered pictures, one file per frame. */
export interface SequenceOfStills {
  /** Which kind of source this is. */
  readonly kind: "stills";
  /** Id of a `PlanMedia` with one path per picture. */
  readonly mediaId: string;
  /** Number of pictures. */
  readonly frameCount: number;
  /** FFmpeg's name of the pixel format of the first. */
  readonly pixFmt: string;
  /** FFmpeg's name of the codec of the first. */
  readonly codec: string;
  /** Pictures per second. */
  readonly rate: Rational;
  /** Which moment is shown when. */
  readonly time: SourceTime;
}

/** Another scene: at frame P its frame round((P - inFrame + clipInFrame) * inner rate / outer rate). */
export interface SceneSource {
  /** Which kind of source this is. */
  readonly kind: "scene";
  /** Index in `VideoPlan.scenes`. */
  readonly sceneIndex: number;
  /** Frame of the outer scene at which `clipInFrame` is played. */
  readonly inFrame: number;
  /** Clip frame at `inFrame`, frames of the outer scene. */
  readonly clipInFrame: number;
}

/** The scene's whole area in one colour. */
export interface ColorSource {
  /** Which kind of source this is. */
  readonly kind: "color";
  /** `#rrggbbaa`, not multiplied by alpha. */
  readonly color: Steps<string>;
}

/** Rectangles on a transparent ground, drawn in order without blending. */
export interface DrawingSource {
  /** Which kind of source this is. */
  readonly kind: "drawing";
  /** Size of the ground, pixels. */
  readonly width: number;
  /** Size of the ground, pixels. */
  readonly height: number;
  /** What is drawn. */
  readonly drawing: Steps<Drawing>;
}

/** A picture made of rectangles. */
export type Drawing =
  /** Squares of a side in pixels, black at the upper left, then by turns in `color`. */
  | { readonly kind: "checkerboard"; readonly side: number; readonly color: string }
  /** `color` is `#rrggbbaa`; the corners are pixels. */
  | {
    readonly kind: "rectangles";
    readonly rectangles: readonly {
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly color: string;
    }[];
  };

/** A service of the renderer, applied to one layer. */
export interface LayerFilter {
  /** Its name: `avfilter.hflip`. */
  readonly service: string;
  /** Its properties over the frames of the scene; `null` while it is not applied. */
  readonly properties: Steps<Readonly<Record<string, string>> | null>;
  /** It can make pixels transparent that were not. */
  readonly changesAlpha: boolean;
}
