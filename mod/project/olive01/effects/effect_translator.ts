import type { Drawing } from "../../../core/mod.ts";
import type { Animated, Rgb } from "../effect_fields.ts";
import type { Effect } from "../model.ts";

/** How near the film comes to what the editor shows. */
export type EffectRating =
  /** The same up to rounding and sampling. */
  | "exact"
  /** The same look, measurably other values. */
  | "approximate";

/** Width and height, pixels. */
export interface Size {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

/** Where an effect is used. */
export interface EffectUse {
  /** The effect as read; enabled. */
  readonly effect: Effect;
  /** Size of the clip's own picture: that of its media, nested sequence, or of the sequence itself. */
  readonly media: Size;
  /** Size of the sequence that holds the clip. */
  readonly scene: Size;
  /** There is a picture before this effect: false for a title-like clip that nothing has painted yet. */
  readonly hasPicture: boolean;
  /** That picture may be transparent somewhere. */
  readonly hasAlpha: boolean;
}

/** Geometry of one Transform at one moment. */
export interface TransformValues {
  /** Where the anchor lies, pixels of the scene. */
  readonly x: number;
  /** Where the anchor lies, pixels of the scene. */
  readonly y: number;
  /** Factor, 0 or more. */
  readonly scaleX: number;
  /** Factor, 0 or more. */
  readonly scaleY: number;
  /** Degrees, clockwise. */
  readonly rotation: number;
  /** Offset of the anchor from the picture's centre, whole pixels of the media. */
  readonly anchorX: number;
  /** Offset of the anchor from the picture's centre, whole pixels of the media. */
  readonly anchorY: number;
  /** 0..1. */
  readonly opacity: number;
}

/** A service of the renderer with its properties at one moment. */
export interface FilterStep {
  /** The name of the service. */
  readonly service: string;
  /** Its properties over the clip; `undefined` while it would change nothing. */
  readonly properties: Animated<Readonly<Record<string, string>> | undefined>;
  /** It can make pixels transparent that were not. */
  readonly changesAlpha: boolean;
}

/** What an effect does to the layer of its clip. */
export type LayerStep =
  /** Moves, scales, turns and fades the picture; never changes what other effects see. */
  | { readonly kind: "transform"; readonly values: Animated<TransformValues> }
  /** Fills the whole picture, or becomes it. */
  | { readonly kind: "fill"; readonly color: Animated<Rgb>; readonly opacity: Animated<number> }
  /** Becomes the picture; only where there is none yet. */
  | {
    readonly kind: "drawing";
    readonly drawing: Animated<Drawing>;
    readonly opacity: Animated<number>;
  }
  /** Changes the picture at its own size. */
  | { readonly kind: "filters"; readonly filters: readonly FilterStep[] }
  /** This use of the effect cannot be rendered: one sentence without a period. */
  | { readonly kind: "refused"; readonly reason: string };

/** Turns one kind of effect into what the renderer does. One file per effect, see `table.ts`. */
export interface EffectTranslator {
  /** Full name: `Category/Name`. */
  readonly name: string;
  /** How near it comes. */
  readonly rating: EffectRating;
  /**
   * Translates one use.
   *
   * @throws {DomainError} `project_invalid` with a line if a value is none.
   */
  translate(use: EffectUse): LayerStep;
}
