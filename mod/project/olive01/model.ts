/**
 * An Olive 0.1 project as its file says it (format version 190219): nothing resolved, nothing
 * computed, unknown effects kept. Everything that a person may have to be told about carries its
 * line. All times are integer frames of the sequence that contains them, unless a name says else.
 *
 * @module
 */

/** A whole project file. */
export interface OliveProject {
  /** Path of the project as it was when saved, as written; may be relative or empty. */
  readonly url: string;
  /** Bins of the media panel; no effect on the film. */
  readonly folders: readonly Folder[];
  readonly footage: readonly Footage[];
  readonly sequences: readonly Sequence[];
}

/** A bin of the media panel. */
export interface Folder {
  readonly line: number;
  readonly id: number;
  readonly name: string;
  /** Id of the enclosing bin; 0 is the root. */
  readonly parentId: number;
}

/** A named frame. No effect on the film. */
export interface Marker {
  readonly line: number;
  readonly frame: number;
  readonly name: string;
}

/** One media file, or one image sequence. */
export interface Footage {
  readonly line: number;
  /** What clips refer to; unique in the file. */
  readonly id: number;
  readonly folderId: number;
  readonly name: string;
  /** Path as written. `%` means an image sequence. */
  readonly url: string;
  /** Length when it was imported, microseconds; the file itself is asked when it is rendered. */
  readonly durationMicroseconds: number;
  /** Factor on the speed of every clip of it, > 0. */
  readonly speed: number;
  /** Colours of the file are already multiplied by their alpha. */
  readonly isAlphaPremultiplied: boolean;
  /** First number of an image sequence; 0 leaves it to the files. */
  readonly startNumber: number;
  /** A smaller stand-in is used, also for export, where its file exists. */
  readonly usesProxy: boolean;
  /** Path of the stand-in as written; empty if there is none. */
  readonly proxyPath: string;
  readonly videoStreams: readonly FootageVideoStream[];
  readonly audioStreams: readonly FootageAudioStream[];
  readonly markers: readonly Marker[];
}

/** A picture stream as it was at import. */
export interface FootageVideoStream {
  readonly line: number;
  /** Absolute index in the file. */
  readonly id: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Frames per second; 0 for a still. */
  readonly fps: number;
  /** A still image. */
  readonly isInfinite: boolean;
}

/** A sound stream as it was at import. */
export interface FootageAudioStream {
  readonly line: number;
  /** Absolute index in the file. */
  readonly id: number;
  readonly channels: number;
  /** FFmpeg's channel mask. */
  readonly layoutMask: number;
  /** Samples per second, Hz. */
  readonly sampleRate: number;
}

/** A timeline. */
export interface Sequence {
  readonly line: number;
  /** What nested clips refer to; unique in the file. */
  readonly id: number;
  readonly folderId: number;
  readonly name: string;
  /** Pixels, 1..{@linkcode FRAME_SIDE_MAX}. */
  readonly width: number;
  readonly height: number;
  /** Frames per second as written, in (0, 1000]. */
  readonly fps: number;
  /** Samples per second, Hz. */
  readonly sampleRate: number;
  /** FFmpeg's channel mask; the mix is always stereo. */
  readonly layoutMask: number;
  /** It was the one on screen. If several are, the last counts. */
  readonly isOpen: boolean;
  /** What is exported by default, both ends included; absent if it is switched off. */
  readonly workArea?: { readonly inFrame: number; readonly outFrame: number };
  /** In file order, which is also the order of drawing within one track. */
  readonly clips: readonly Clip[];
  readonly markers: readonly Marker[];
}

/** What a clip shows or plays. */
export type ClipSource =
  | { readonly kind: "footage"; readonly footageId: number; readonly streamIndex: number }
  | { readonly kind: "sequence"; readonly sequenceId: number }
  /** Nothing of its own: a picture of the sequence's size, or silence, for effects to fill. */
  | { readonly kind: "none" };

/** One clip on one track. */
export interface Clip {
  readonly line: number;
  /** What `shared` transitions and links refer to; unique in its sequence. */
  readonly id: number;
  readonly isEnabled: boolean;
  readonly name: string;
  /** Place on the timeline `[inFrame, outFrame)`. */
  readonly inFrame: number;
  readonly outFrame: number;
  /** Frames of its own timeline before the first visible one. */
  readonly clipInFrame: number;
  /** Below 0: picture, -1 at the bottom. 0 and above: sound. */
  readonly track: number;
  readonly isAutoscaled: boolean;
  /** Factor, > 0. */
  readonly speed: number;
  /** Sound only: a changed speed keeps the pitch. */
  readonly keepsPitch: boolean;
  readonly isReversed: boolean;
  readonly source: ClipSource;
  readonly opening?: Transition;
  readonly closing?: Transition;
  /** In file order, disabled and unknown ones too. */
  readonly effects: readonly Effect[];
  readonly markers: readonly Marker[];
}

/** A transition with a length of its own. */
export interface OwnTransition {
  readonly kind: "own";
  readonly line: number;
  /** As written, such as `/Cross Dissolve`. */
  readonly name: string;
  /** Frames, 0 or more. */
  readonly lengthFrames: number;
  readonly isEnabled: boolean;
}

/** The other end of a transition that an earlier clip of the same sequence owns. */
export interface SharedTransition {
  readonly kind: "shared";
  readonly line: number;
  /** Id of the clip that owns it. */
  readonly clipId: number;
}

/** What a clip begins or ends with. */
export type Transition = OwnTransition | SharedTransition;

/** An effect of a clip, known or not. */
export interface Effect {
  readonly line: number;
  /** As written: `Category/Name`. */
  readonly name: string;
  readonly isEnabled: boolean;
  readonly rows: readonly EffectRow[];
}

/** Fields that are switched to key frames together. */
export interface EffectRow {
  readonly line: number;
  readonly fields: readonly EffectField[];
}

/** One value of an effect. */
export interface EffectField {
  readonly line: number;
  readonly id: string;
  /** As written; what holds without key frames. */
  readonly value: string;
  /** In ascending order of their frames; empty if not animated. */
  readonly keys: readonly EffectKey[];
}

/** How the value goes on from one key frame to the next. */
export type KeyKind = "linear" | "bezier" | "hold";

/** The value of a field at one moment. */
export interface EffectKey {
  readonly line: number;
  /** As written. */
  readonly value: string;
  /** In clip frames: playhead - in + clipin. */
  readonly frame: number;
  readonly kind: KeyKind;
  /** Handle towards the key before: frames (0 or less) and value units, relative to this key. */
  readonly preX: number;
  readonly preY: number;
  /** Handle towards the next key: frames (0 or more) and value units, relative to this key. */
  readonly postX: number;
  readonly postY: number;
}

/** Format version that is understood. */
export const OLIVE01_VERSION = 190219;
/** Longest side of a sequence, pixels. */
export const FRAME_SIDE_MAX = 16_384;
