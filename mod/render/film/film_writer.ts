import type { Rational } from "../../core/mod.ts";

/** What a film is, before its first frame is written. */
export interface FilmLayout {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly fps: Rational;
  /** Frames of the whole film. */
  readonly lengthFrames: number;
  readonly isIntraOnly: boolean;
  /** Sample entry of the parts' video track, with its header. */
  readonly videoEntry: Uint8Array;
  readonly sound: SoundLayout;
}

/** What the sound of a film is. */
export interface SoundLayout {
  readonly codec: "aac" | "pcm_s16le";
  /** Hz. */
  readonly sampleRate: number;
  /** Samples per channel that are heard. */
  readonly lengthSamples: number;
  /** Samples before the first one that is heard: an encoder's delay. */
  readonly primingSamples: number;
  /** Samples of each packet; 1 for PCM. */
  readonly packetSamples: number;
  readonly packetCount: number;
  /** Sample entry for mp4 and mov, with its header. */
  readonly entry: Uint8Array;
  /** Boxes of the sample table that go with it. */
  readonly groupBoxes: readonly Uint8Array[];
  /** What Matroska calls CodecPrivate; empty for PCM. */
  readonly decoderConfig: Uint8Array;
}

/** Consecutive frames and the sound that is played beside them. At most about a second. */
export interface Stretch {
  /** Frames in decoding order, their bytes one after the other. */
  readonly video: {
    readonly bytes: Uint8Array;
    readonly sizes: Uint32Array;
    /** Frame of the film that each sample is. */
    readonly ranks: Int32Array;
    readonly isSync: Uint8Array;
  };
  /** Packets, their bytes one after the other; may be none. */
  readonly sound: SoundStretch;
}

/** Consecutive packets of sound. */
export interface SoundStretch {
  /** Number of the first packet, from 0. */
  readonly firstPacket: number;
  readonly count: number;
  readonly bytes: Uint8Array;
  /** Bytes of each packet; empty for PCM, whose packets are samples of 4 bytes. */
  readonly sizes: Uint32Array;
}

/** Puts stretches into a file of one format. */
export interface FilmWriter {
  /** Writes what comes before the first stretch. */
  begin(): Promise<void>;
  /** Writes the next stretch. */
  add(stretch: Stretch): Promise<void>;
  /**
   * Writes the tables.
   *
   * @param delayFrames Frames by which decoding ran ahead in the parts, at most.
   */
  finish(delayFrames: number): Promise<void>;
}
