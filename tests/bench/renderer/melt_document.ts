/** What a renderer that shows only numbers needs of a document. */
export interface NumberedDocument {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** `num/den`, frames per second. */
  readonly rate: string;
  /** Frames that it has. */
  readonly lengthFrames: number;
  /** Frame of the film that its first frame is; 0 if it does not tell. */
  readonly filmFrame: number;
}

/**
 * Reads a document of the program's. It has the frames of one part only, so their numbers in the
 * film are told by the one clip that it plays: that clip's source is as long as the film, and shows
 * its frame n at the film's frame n. Any other document begins with frame 0.
 *
 * @returns `undefined` if it is no document.
 */
export function readNumberedDocument(text: string): NumberedDocument | undefined {
  const profile = firstTag(text, "profile");
  const entries = text.match(/<entry\b[^>]*>/g) ?? [];
  const [entry = ""] = entries;
  const [width, height] = [readNumber(profile, "width"), readNumber(profile, "height")];
  const [num, den] = [readNumber(profile, "frame_rate_num"), readNumber(profile, "frame_rate_den")];
  const lengthFrames = readNumber(firstTag(text, "tractor"), "out") + 1;
  if (!(width * height * num * den * lengthFrames > 0)) return undefined;
  const inFrame = readNumber(entry, "in");
  const isOneClip = entries.length === 1 && !text.includes("<link>") &&
    readNumber(entry, "out") - inFrame + 1 === lengthFrames;
  const filmFrame = isOneClip ? inFrame : 0;
  return { width, height, rate: `${num}/${den}`, lengthFrames, filmFrame };
}

function firstTag(text: string, element: string): string {
  return new RegExp(`<${element}\\b[^>]*>`).exec(text)?.[0] ?? "";
}

function readNumber(tag: string, name: string): number {
  return Number(new RegExp(`\\b${name}="(\\d+)"`).exec(tag)?.[1] ?? Number.NaN);
}
