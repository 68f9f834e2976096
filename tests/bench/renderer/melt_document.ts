/** What a renderer that shows only numbers needs of a document. */
export interface NumberedDocument {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** `num/den`, frames per second. */
  readonly rate: string;
  /** Frames that it has. */
  readonly lengthFrames: number;
  /** Frame of the film that its first frame is. */
  readonly filmFrame: number;
}

/**
 * Reads a document of the program's. It has the frames of one part only, so their numbers in the
 * film are told by the one clip that it plays: that clip's source is as long as the film, and shows
 * its frame n at the film's frame n.
 *
 * @returns `undefined` if it is no such document.
 */
export function readNumberedDocument(text: string): NumberedDocument | undefined {
  const profile = firstTag(text, "profile");
  const entries = text.match(/<entry\b[^>]*>/g) ?? [];
  const [entry = ""] = entries;
  const [width, height] = [readNumber(profile, "width"), readNumber(profile, "height")];
  const [num, den] = [readNumber(profile, "frame_rate_num"), readNumber(profile, "frame_rate_den")];
  const lengthFrames = readNumber(firstTag(text, "tractor"), "out") + 1;
  const filmFrame = readNumber(entry, "in");
  const isOneClip = entries.length === 1 && /<link>/.test(text) === false &&
    readNumber(entry, "out") - filmFrame + 1 === lengthFrames;
  if (!isOneClip || !(width * height * num * den > 0)) return undefined;
  return { width, height, rate: `${num}/${den}`, lengthFrames, filmFrame };
}

function firstTag(text: string, element: string): string {
  return new RegExp(`<${element}\\b[^>]*>`).exec(text)?.[0] ?? "";
}

function readNumber(tag: string, name: string): number {
  return Number(new RegExp(`\\b${name}="(\\d+)"`).exec(tag)?.[1] ?? Number.NaN);
}
