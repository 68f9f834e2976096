import type {
  LayerSource,
  MediaProbe,
  MediaSource,
  MediaVideoStream,
  Rational,
  SourceTime,
} from "../../core/mod.ts";
import { rationalFromFps, rationalToNumber } from "../../core/mod.ts";
import { mediaLengthFrames, nestedLengthFrames, type PlacedClip } from "./clip_time.ts";
import type { Size } from "./effects/effect_translator.ts";
import type { Sequence } from "./model.ts";
import type { ProblemList } from "./problems.ts";
import type { MediaTable, ResolvedFootage } from "./resolve_media.ts";
import { sequenceLengthFrames } from "./sequence_choice.ts";

/** The picture that a clip brings along, before any effect. */
export interface ClipPicture {
  /** Its own size. */
  readonly size: Size;
  /** Frames of the timeline after which it ends; `Infinity` for a still or a title. */
  readonly lengthFrames: number;
  /** It may be transparent somewhere. */
  readonly hasAlpha: boolean;
  /** Where it comes from; `undefined` for a clip that has no picture until an effect paints one. */
  readonly source: LayerSource | undefined;
}

/** What finding the picture of a clip needs. */
export interface PictureContext {
  /** The sequence that holds the clip. */
  readonly sequence: Sequence;
  /** Exact rate of that sequence. */
  readonly fps: Rational;
  /** All sequences that have a scene, by id, with their places in the plan. */
  readonly scenes: ReadonlyMap<number, { readonly sequence: Sequence; readonly index: number }>;
  /** All footage that was found, by id. */
  readonly footage: ReadonlyMap<number, ResolvedFootage>;
  /** Gives media their ids. */
  readonly media: MediaTable;
  /** Takes what is wrong. */
  readonly problems: ProblemList;
  /** Frame of the sequence that is frame 0 of its scene. */
  readonly shift: number;
}

/** Rate of numbered pictures: they carry none. */
const STILLS_RATE: Rational = { num: 25, den: 1 };
/** Above this a nominal rate is a clock, not a rate. */
const RATE_MAX = 300;

/** Whether pixels of a format can be transparent. */
export function pixFmtHasAlpha(pixFmt: string): boolean {
  return /^(?:rgba|bgra|argb|abgr|yuva|gbrap|ya\d|pal8|ayuv|vuya)/.test(pixFmt);
}

/**
 * The picture of a clip.
 *
 * @returns `undefined` if a problem was noted, now or before: missing media, no such stream.
 */
export function findClipPicture(
  placed: PlacedClip,
  context: PictureContext,
): ClipPicture | undefined {
  const { clip } = placed;
  if (clip.source.kind === "none") {
    const { width, height } = context.sequence;
    const size = { width, height };
    return { size, lengthFrames: Infinity, hasAlpha: true, source: undefined };
  }
  return clip.source.kind === "sequence"
    ? nestedPicture(placed, { context, sequenceId: clip.source.sequenceId })
    : footagePicture(placed, { context, ...clip.source });
}

function nestedPicture(
  placed: PlacedClip,
  nest: { readonly context: PictureContext; readonly sequenceId: number },
): ClipPicture | undefined {
  const { context } = nest;
  const inner = context.scenes.get(nest.sequenceId);
  if (inner === undefined) return undefined;
  const { sequence } = inner;
  return {
    size: { width: sequence.width, height: sequence.height },
    lengthFrames: nestedLengthFrames(placed.clip, {
      innerLengthFrames: sequenceLengthFrames(sequence),
      inner: rationalFromFps(sequence.fps),
      outer: context.fps,
    }),
    hasAlpha: true,
    source: {
      kind: "scene",
      sceneIndex: inner.index,
      inFrame: placed.inFrame - context.shift,
      clipInFrame: placed.clipInFrame,
    },
  };
}

function footagePicture(
  placed: PlacedClip,
  use: {
    readonly context: PictureContext;
    readonly footageId: number;
    readonly streamIndex: number;
  },
): ClipPicture | undefined {
  const { context } = use;
  const resolved = context.footage.get(use.footageId);
  if (resolved === undefined) return undefined;
  const at = { line: placed.clip.line, subject: placed.clip.name };
  const original = findVideoStream(resolved.probe, use.streamIndex);
  const decodedProbe = resolved.proxyProbe ?? resolved.probe;
  const decoded = findVideoStream(decodedProbe, use.streamIndex);
  if (original === undefined || decoded === undefined) {
    const name = JSON.stringify(resolved.footage.name);
    const message = `stream ${use.streamIndex} of ${name} is not there, or is no picture`;
    context.problems.add({ ...at, code: "project_invalid", message });
    return undefined;
  }
  noteOddities(decoded, { ...use, resolved });
  const hasAlpha = pixFmtHasAlpha(decoded.pixFmt);
  const size = { width: original.width, height: original.height };
  const isStill = resolved.probe.isStill && !resolved.isImageSequence;
  const durationSeconds = isStill ? Infinity : durationOf(resolved);
  const lengthFrames = mediaLengthFrames(placed.clip, {
    durationSeconds,
    footageSpeed: resolved.footage.speed,
    fps: context.fps,
  });
  const time: SourceTime = {
    inFrame: placed.inFrame - context.shift,
    clipInFrame: placed.clipInFrame,
    speed: placed.clip.speed * resolved.footage.speed,
    ...(placed.clip.isReversed ? { reversedFromFrame: lengthFrames } : {}),
  };
  const facts = { mediaId: context.media.idOf(resolved), pixFmt: decoded.pixFmt };
  const { codec } = decoded;
  if (isStill) {
    return { size, lengthFrames, hasAlpha, source: { kind: "still", ...facts, codec } };
  }
  const source: LayerSource = resolved.isImageSequence
    ? {
      kind: "stills",
      ...facts,
      codec,
      frameCount: resolved.paths.length,
      rate: STILLS_RATE,
      time,
    }
    : mediaSource(decoded, { ...facts, probe: decodedProbe, time });
  return { size, lengthFrames, hasAlpha, source };
}

function durationOf(resolved: ResolvedFootage): number {
  if (resolved.isImageSequence) {
    return resolved.paths.length / rationalToNumber(STILLS_RATE);
  }
  // The project's own figure stands in for a format that knows none.
  return resolved.probe.durationSeconds ?? resolved.footage.durationMicroseconds / 1e6;
}

function findVideoStream(probe: MediaProbe, index: number): MediaVideoStream | undefined {
  const stream = probe.streams.find((candidate) => candidate.index === index);
  return stream?.kind === "video" ? stream : undefined;
}

function noteOddities(
  stream: MediaVideoStream,
  use: { readonly context: PictureContext; readonly resolved: ResolvedFootage },
): void {
  const { footage } = use.resolved;
  const at = { line: footage.line, subject: footage.name };
  if (footage.isAlphaPremultiplied && pixFmtHasAlpha(stream.pixFmt)) {
    use.context.problems.add({
      ...at,
      code: "project_unsupported",
      message: "colours that are multiplied by alpha beforehand are not supported",
    });
  }
  if (["tt", "bb", "tb", "bt"].includes(stream.fieldOrder)) {
    use.context.problems.warn({
      ...at,
      message: "it is interlaced: its fields are joined by another filter than the editor's",
    });
  }
}

const MATRICES: Readonly<Record<string, MediaSource["matrix"]>> = {
  bt709: "709",
  smpte240m: "240",
  bt2020nc: "2020",
  bt2020c: "2020",
};

function mediaSource(
  stream: MediaVideoStream,
  use: {
    readonly mediaId: string;
    readonly pixFmt: string;
    readonly probe: MediaProbe;
    readonly time: SourceTime;
  },
): MediaSource {
  const rate = stream.rFrameRate ?? stream.avgFrameRate ?? STILLS_RATE;
  const count = countFrames(stream, { rate, probe: use.probe });
  const average = rationalToNumber(stream.avgFrameRate ?? rate);
  return {
    kind: "media",
    mediaId: use.mediaId,
    streamIndex: stream.index,
    pixFmt: use.pixFmt,
    matrix: MATRICES[stream.colorSpace] ?? "601",
    isFullRange: stream.colorRange === "full" || stream.pixFmt.startsWith("yuvj"),
    rate,
    isConstantRate: count !== undefined,
    isRateCertain: Math.abs(average / rationalToNumber(rate) - 1) < RATE_TOLERANCE,
    timeBase: stream.timeBase,
    startPts: stream.startPts,
    ...(count === undefined ? {} : { frameCount: count }),
    time: use.time,
  };
}

const RATE_TOLERANCE = 1e-6;
/** A container without a count rounds its average. */
const AVERAGE_TOLERANCE = 1e-3;

/** Number of frames, if they all last as long as the nominal rate says. */
function countFrames(
  stream: MediaVideoStream,
  facts: { readonly rate: Rational; readonly probe: MediaProbe },
): number | undefined {
  const rate = rationalToNumber(facts.rate);
  const duration = stream.durationSeconds ?? facts.probe.durationSeconds;
  if (stream.rFrameRate === undefined || rate > RATE_MAX || duration === undefined) {
    return undefined;
  }
  if (stream.nbFrames !== undefined) {
    return Math.abs(stream.nbFrames - duration * rate) <= 1.01 ? stream.nbFrames : undefined;
  }
  const average = rationalToNumber(stream.avgFrameRate ?? facts.rate);
  if (Math.abs(average / rate - 1) > AVERAGE_TOLERANCE) return undefined;
  return Math.max(1, Math.round(duration * rate));
}
