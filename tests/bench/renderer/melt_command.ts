/** What a render was asked for on melt's command line. */
export interface MeltRender {
  /** The document. */
  readonly document: string;
  /** First and last frame of the document, both in; absent: all of it. */
  readonly inFrame: number | undefined;
  readonly outFrame: number | undefined;
  /** The file to write. */
  readonly target: string;
  /** Properties of the `avformat` consumer. */
  readonly properties: ReadonlyMap<string, string>;
  /** Whether it prints progress, one line each. */
  readonly showsProgress: boolean;
}

/**
 * Reads `melt DOC [in=A] [out=B] -progress2 -consumer avformat:FILE name=value ...`.
 *
 * @returns `undefined` if it is no render.
 */
export function readMeltCommand(args: readonly string[]): MeltRender | undefined {
  const consumerAt = args.indexOf("-consumer");
  const [document] = args;
  const target = /^avformat:(.+)$/s.exec(args[consumerAt + 1] ?? "")?.[1];
  if (consumerAt < 1 || document === undefined || target === undefined) return undefined;
  const range = readPairs(args.slice(1, consumerAt));
  const frameOf = (name: string): number | undefined =>
    range.has(name) ? Number(range.get(name)) : undefined;
  return {
    document,
    inFrame: frameOf("in"),
    outFrame: frameOf("out"),
    target,
    properties: readPairs(args.slice(consumerAt + 2)),
    showsProgress: args.includes("-progress2"),
  };
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
