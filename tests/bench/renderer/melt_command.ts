/** What a render was asked for on melt's command line. */
export interface MeltRender {
  /** The document. */
  readonly document: string;
  /** First and last frame, both in. */
  readonly inFrame: number;
  readonly outFrame: number;
  /** The file to write. */
  readonly target: string;
  /** Properties of the `avformat` consumer. */
  readonly properties: ReadonlyMap<string, string>;
  /** Whether it prints progress, one line each. */
  readonly showsProgress: boolean;
}

/**
 * Reads `melt DOC in=A out=B -progress2 -consumer avformat:FILE name=value ...`.
 *
 * @returns `undefined` if it is no render of a range.
 */
export function readMeltCommand(args: readonly string[]): MeltRender | undefined {
  const consumerAt = args.indexOf("-consumer");
  const [document] = args;
  const target = /^avformat:(.+)$/s.exec(args[consumerAt + 1] ?? "")?.[1];
  if (consumerAt < 1 || document === undefined || target === undefined) return undefined;
  const range = readPairs(args.slice(1, consumerAt));
  const properties = readPairs(args.slice(consumerAt + 2));
  const inFrame = Number(range.get("in") ?? Number.NaN);
  const outFrame = Number(range.get("out") ?? Number.NaN);
  if (!(inFrame >= 0 && outFrame >= inFrame)) return undefined;
  const showsProgress = args.includes("-progress2");
  return { document, inFrame, outFrame, target, properties, showsProgress };
}

function readPairs(args: readonly string[]): Map<string, string> {
  const pairs = args.map((arg) => /^([\w.:-]+)=(.*)$/s.exec(arg)).filter((match) => match !== null);
  return new Map(pairs.map(([, name = "", value = ""]) => [name, value]));
}

/** Consumer properties that are MLT's own, or that this renderer has no use for. */
const MLT_ONLY = /^(an|vn|audio_off|real_time|mlt_.*|terminate_on_pause|rescale|buffer|prefill)$/;

const FFMPEG_NAMES: Readonly<Record<string, string>> = {
  vcodec: "c:v",
  vprofile: "profile:v",
  vtag: "tag:v",
};

/** The consumer's properties as options of `ffmpeg`, which knows most of them by the same name. */
export function encoderOptions(properties: ReadonlyMap<string, string>): string[] {
  return [...properties]
    .filter(([name]) => !MLT_ONLY.test(name))
    .flatMap(([name, value]) => [`-${FFMPEG_NAMES[name] ?? name}`, value]);
}

/** Size and rate of the pictures. */
export interface MeltProfile {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** `num/den`, frames per second. */
  readonly rate: string;
}

/** Reads the `<profile>` of a document; `undefined` if it has none that is whole. */
export function readProfile(documentText: string): MeltProfile | undefined {
  const tag = /<profile\b[^>]*>/.exec(documentText)?.[0] ?? "";
  const number = (name: string): number =>
    Number(new RegExp(`\\b${name}="(\\d+)"`).exec(tag)?.[1] ?? 0);
  const [width, height] = [number("width"), number("height")];
  const [num, den] = [number("frame_rate_num"), number("frame_rate_den")];
  if (width * height * num * den === 0) return undefined;
  return { width, height, rate: `${num}/${den}` };
}
