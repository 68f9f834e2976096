import { DomainError, type Rational } from "../core/mod.ts";

/** Names of the presets, the default first. */
export const PRESET_NAMES = ["h264", "hevc", "prores", "lossless"] as const;
/** One of {@linkcode PRESET_NAMES}. */
export type PresetName = (typeof PRESET_NAMES)[number];

/** File formats that a film can be written in. */
export type FilmContainer = "mp4" | "mov" | "matroska";

/** How the sound track of a film is stored. */
export type SoundFormat =
  /** `bitRate` in bits per second. */
  | { readonly codec: "aac"; readonly bitRate: number }
  /** The mixed samples themselves. */
  | { readonly codec: "pcm_s16le" };

/** What the pictures of a part and of the film must be; the words are those of `ffprobe`. */
export interface PictureFormat {
  /** Name of the codec. */
  readonly codecName: string;
  /** Absent where the codec has no profiles. */
  readonly profile?: string;
  /** Layout of the samples of a decoded frame. */
  readonly pixelFormat: string;
  /** Four-character code of the sample entry in a part. */
  readonly sampleEntry: string;
  /** Whether every frame is a key frame. */
  readonly isIntraOnly: boolean;
  /** The width must be a multiple of this, pixels. */
  readonly widthMultiple: 1 | 2;
  /** The height must be a multiple of this, pixels. */
  readonly heightMultiple: 1 | 2;
}

/** A documented set of encoder settings, the same on every worker. */
export interface Preset {
  /** What a person types. */
  readonly name: PresetName;
  /** One line for `--help`. */
  readonly summary: string;
  /** Extension of the film if a person names none, with its dot. */
  readonly filmExtension: string;
  /** Formats that this preset can be written in, by lower-case extension of the film's name. */
  readonly containers: Readonly<Record<string, FilmContainer>>;
  /** Extension of a part, with its dot. Both are ISO base media: exact time stamps, one sample table. */
  readonly partExtension: ".mp4" | ".mov";
  /** What the pictures must be. */
  readonly picture: PictureFormat;
  /** How the film's sound is stored. */
  readonly sound: SoundFormat;
  /**
   * Properties of melt's `avformat` consumer that make a part, beside its target, `threads` and
   * `real_time`. Settings that a machine's number of processors would change are fixed here.
   */
  readonly meltProperties: Readonly<Record<string, string>>;
}

/** Longest distance of two key frames, frames. */
export const GOP_FRAMES_MAX = 250;

const NO_SOUND = { an: "1", audio_off: "1" } as const;

/**
 * The presets.
 *
 * - `h264` is what the editor's own batch export makes: x264, CRF 18, medium, AAC at 256 kb/s.
 * - x265 opens its groups of pictures unless told otherwise, and writes its settings, with the
 *   number of threads, into every file unless `info=0`: parts of different machines would differ.
 * - `lossless` keeps RGB, so that it can be compared with the editor's own frames value by value.
 *
 * @see Source: x265.readthedocs.io, command line options `--open-gop` and `--info`.
 */
const PRESETS: Readonly<Record<PresetName, Preset>> = {
  h264: {
    name: "h264",
    summary: "H.264, CRF 18, High, 4:2:0, AAC 256 kb/s; .mp4, .mov or .mkv (default)",
    filmExtension: ".mp4",
    containers: { ".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska" },
    partExtension: ".mp4",
    picture: {
      codecName: "h264",
      profile: "High",
      pixelFormat: "yuv420p",
      sampleEntry: "avc1",
      isIntraOnly: false,
      widthMultiple: 2,
      heightMultiple: 2,
    },
    sound: { codec: "aac", bitRate: 256_000 },
    meltProperties: {
      ...NO_SOUND,
      f: "mp4",
      vcodec: "libx264",
      preset: "medium",
      crf: "18",
      vprofile: "high",
      pix_fmt: "yuv420p",
      g: String(GOP_FRAMES_MAX),
    },
  },
  hevc: {
    name: "hevc",
    summary: "H.265, CRF 20, Main, 4:2:0, AAC 256 kb/s; .mp4, .mov or .mkv",
    filmExtension: ".mp4",
    containers: { ".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska" },
    partExtension: ".mp4",
    picture: {
      codecName: "hevc",
      profile: "Main",
      pixelFormat: "yuv420p",
      sampleEntry: "hvc1",
      isIntraOnly: false,
      widthMultiple: 2,
      heightMultiple: 2,
    },
    sound: { codec: "aac", bitRate: 256_000 },
    meltProperties: {
      ...NO_SOUND,
      f: "mp4",
      vcodec: "libx265",
      vtag: "hvc1",
      preset: "medium",
      crf: "20",
      pix_fmt: "yuv420p",
      g: String(GOP_FRAMES_MAX),
      "x265-params": `open-gop=0:info=0:keyint=${GOP_FRAMES_MAX}:log-level=error`,
    },
  },
  prores: {
    name: "prores",
    summary: "ProRes 422 HQ, 10 bit, PCM 16 bit; .mov or .mkv",
    filmExtension: ".mov",
    containers: { ".mov": "mov", ".mkv": "matroska" },
    partExtension: ".mov",
    picture: {
      codecName: "prores",
      profile: "HQ",
      pixelFormat: "yuv422p10le",
      sampleEntry: "apch",
      isIntraOnly: true,
      widthMultiple: 2,
      heightMultiple: 1,
    },
    sound: { codec: "pcm_s16le" },
    meltProperties: {
      ...NO_SOUND,
      f: "mov",
      vcodec: "prores_ks",
      vprofile: "3",
      vtag: "apch",
      pix_fmt: "yuv422p10le",
    },
  },
  lossless: {
    name: "lossless",
    summary: "FFV1 in RGB, PCM 16 bit, nothing lost; .mkv",
    filmExtension: ".mkv",
    containers: { ".mkv": "matroska" },
    partExtension: ".mov",
    picture: {
      codecName: "ffv1",
      pixelFormat: "bgr0",
      sampleEntry: "FFV1",
      isIntraOnly: true,
      widthMultiple: 1,
      heightMultiple: 1,
    },
    sound: { codec: "pcm_s16le" },
    meltProperties: {
      ...NO_SOUND,
      f: "mov",
      vcodec: "ffv1",
      level: "3",
      g: "1",
      pix_fmt: "bgr0",
      mlt_image_format: "rgb",
    },
  },
};

/**
 * Finds a preset.
 *
 * @param name Name as a person gave it.
 * @returns The preset.
 * @throws {DomainError} `preset_unknown` if there is none of that name.
 */
export function getPreset(name: string): Preset {
  const known = PRESET_NAMES.find((candidate) => candidate === name);
  if (known !== undefined) return PRESETS[known];
  throw new DomainError(
    "preset_unknown",
    `Cannot use preset ${JSON.stringify(name)}: there is none of that name`,
    { hint: `Use one of: ${PRESET_NAMES.join(", ")}` },
  );
}

/** All presets, the default first. */
export function listPresets(): readonly Preset[] {
  return PRESET_NAMES.map((name) => PRESETS[name]);
}

/**
 * Tells which file format a film of that name has with a preset.
 *
 * @param preset How the film is encoded.
 * @param filmPath Path or name of the film; only its extension counts, upper or lower case.
 * @returns The format.
 * @throws {DomainError} `output_refused` if the name has no extension or one that the preset cannot
 * be written in.
 */
export function filmContainer(preset: Preset, filmPath: string): FilmContainer {
  const extension = /\.[^./\\]+$/.exec(filmPath)?.[0].toLowerCase() ?? "";
  const container = preset.containers[extension];
  if (container !== undefined) return container;
  const wanted = Object.keys(preset.containers).join(", ");
  throw new DomainError(
    "output_refused",
    `Cannot write ${JSON.stringify(filmPath)} with preset ${preset.name}: ` +
      `its extension is ${extension === "" ? "missing" : extension}, must be one of ${wanted}`,
    { hint: `Name the film ...${preset.filmExtension}, or choose another preset` },
  );
}

/**
 * Checks that pictures of a size can be encoded with a preset.
 *
 * @param preset How the film is encoded.
 * @param size Width and height of the film, pixels.
 * @throws {DomainError} `project_unsupported` if the codec cannot store that size.
 */
export function assertPresetFits(
  preset: Preset,
  size: { readonly width: number; readonly height: number },
): void {
  const { widthMultiple, heightMultiple } = preset.picture;
  if (size.width % widthMultiple === 0 && size.height % heightMultiple === 0) return;
  throw new DomainError(
    "project_unsupported",
    `Cannot encode ${size.width}x${size.height} with preset ${preset.name}: ` +
      (heightMultiple === 2 ? "both must be even" : "the width must be even"),
    { hint: "Use --preset lossless, or change the size of the sequence" },
  );
}

const TIMESCALE_MIN = 10_000;

/** Ticks of a track's clock. */
export interface FilmClock {
  /** Ticks per second. */
  readonly timescale: number;
  /** Ticks of one frame: frame n starts at exactly n times this. */
  readonly frameTicks: number;
}

/**
 * The clock of a film's video track: whole ticks for every frame, so that no time stamp is ever
 * rounded. At least 10,000 ticks per second, as FFmpeg's own muxer chooses.
 *
 * @param fps Frame rate of the film.
 */
export function filmClock(fps: Rational): FilmClock {
  let factor = 1;
  while (fps.num * factor < TIMESCALE_MIN) factor *= 2;
  return { timescale: fps.num * factor, frameTicks: fps.den * factor };
}
