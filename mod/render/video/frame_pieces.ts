import { type MediaSource, type Rational, rationalToNumber } from "../../core/mod.ts";
import type { MeltPiece, MeltProducer, MeltProperties } from "./melt_document.ts";

/** A file whose frames can be asked for by number. */
export interface CountedFrames {
  /** Absolute path. */
  readonly path: string;
  /** Absolute index of the stream. */
  readonly streamIndex: number;
  /** Rate at which the renderer counts its frames. */
  readonly rate: Rational;
  /** Matrix of its samples. */
  readonly matrix: MediaSource["matrix"];
  /** Frame that is shown, one per frame of the layer. */
  readonly indexes: readonly number[];
}

/** Filters that hold for some frames of a layer, one after the other. */
export interface FilterRun {
  /** Number of frames. */
  readonly frameCount: number;
  /** What is applied. */
  readonly filters: readonly MeltProperties[];
}

/**
 * Pieces that show frames of a file by number. Where the rates are equal and the numbers follow each
 * other, the file is played as it is; otherwise a link maps time, in the middle of each frame, so
 * that no rounding of the renderer's can hit a neighbour.
 */
export function framePieces(
  frames: CountedFrames,
  options: { readonly fps: Rational; readonly filterRuns: readonly FilterRun[] },
): readonly MeltPiece[] {
  const { rate, indexes } = frames;
  const first = indexes[0] ?? 0;
  const isStraight = rate.num * options.fps.den === options.fps.num * rate.den &&
    indexes.every((index, position) => index === first + position);
  const properties = {
    mlt_service: "avformat",
    resource: frames.path,
    length: String(isStraight ? first + indexes.length : indexes.length),
    video_index: String(frames.streamIndex),
    audio_index: "-1",
    force_colorspace: frames.matrix,
    autorotate: "0",
    force_aspect_ratio: "1",
  };
  if (isStraight) return splitByFilters({ element: "producer", properties }, { ...options, first });
  const perSecond = rationalToNumber(rate);
  const map = indexes.map((index, position) =>
    `${position}=${((index + 0.5) / perSecond).toFixed(6)}`
  );
  return splitByFilters({
    element: "chain",
    properties,
    link: { mlt_service: "timeremap", map: map.join(";"), image_mode: "nearest" },
  }, { ...options, first: 0 });
}

/** One piece per run of filters, all of one producer. */
export function splitByFilters(
  producer: MeltProducer,
  options: { readonly first: number; readonly filterRuns: readonly FilterRun[] },
): readonly MeltPiece[] {
  let inFrame = options.first;
  return options.filterRuns.map(({ frameCount, filters }) => {
    const piece = { producer, inFrame, frameCount, filters };
    inFrame += frameCount;
    return piece;
  });
}
