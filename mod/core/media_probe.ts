import type { Rational } from "./frames.ts";

/** What a media file is, as a probe of the file itself found it. */
export interface MediaProbe {
  /** FFmpeg's names of the container format: `mov,mp4,m4a,3gp,3g2,mj2`, `image2`, `png_pipe`. */
  readonly format: string;
  /** Length of the file, seconds; absent where the format knows none. */
  readonly durationSeconds?: number;
  /**
   * A still image: one picture without a length of its own, shown for as long as a clip lasts.
   * Never true for an image sequence.
   */
  readonly isStill: boolean;
  /** In the order of the file. Others than picture and sound are left out; `index` stays absolute. */
  readonly streams: readonly MediaStream[];
}

/** A stream of a media file. */
export type MediaStream = MediaVideoStream | MediaAudioStream;

/** What pictures and sound have in common. */
export interface MediaStreamBase {
  /** Absolute index in the file, from 0. */
  readonly index: number;
  /** FFmpeg's name: `h264`, `pcm_s16le`. */
  readonly codec: string;
  /** Seconds per tick of the stream's time stamps. */
  readonly timeBase: Rational;
  /** First time stamp, ticks; 0 where the format knows none. */
  readonly startPts: number;
  /** Length of this stream, seconds; absent where the format knows none. */
  readonly durationSeconds?: number;
}

/** A picture stream. */
export interface MediaVideoStream extends MediaStreamBase {
  readonly kind: "video";
  /** Size as stored, pixels, before any rotation. */
  readonly width: number;
  readonly height: number;
  /** FFmpeg's name: `yuv420p`, `rgba`. */
  readonly pixFmt: string;
  /** FFmpeg's name of the matrix, `bt709`, `smpte170m`, ...; `unknown` if untagged. */
  readonly colorSpace: string;
  readonly colorRange: "limited" | "full" | "unknown";
  /** Frames by length; absent where the format knows none (`0/0`). */
  readonly avgFrameRate?: Rational;
  /** Least rate that all time stamps fit; absent where the format knows none. */
  readonly rFrameRate?: Rational;
  /** Frames as the container counts them; absent where it does not. */
  readonly nbFrames?: number;
  /** FFmpeg's name: `progressive`, `tt`, `bb`, `tb`, `bt`; `unknown` if untagged. */
  readonly fieldOrder: string;
  /** Rotation that a player should apply, degrees; 0 if none is asked for. */
  readonly rotation: number;
  /** A picture that belongs to a sound file (album cover), not a film. */
  readonly isAttachedPicture: boolean;
}

/** A sound stream. */
export interface MediaAudioStream extends MediaStreamBase {
  readonly kind: "audio";
  /** Samples per second, Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** FFmpeg's name: `stereo`, `5.1`; empty if unknown. */
  readonly channelLayout: string;
}
