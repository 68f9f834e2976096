import {
  DomainError,
  isDomainError,
  MEDIA_FILES_MAX,
  type MediaProbe,
  type PlanMedia,
} from "../../core/mod.ts";
import { basename, dirname, isAbsolute, join } from "@std/path";
import type { ProjectHost } from "../host.ts";
import type { Footage, OliveProject } from "./model.ts";
import type { ProblemList } from "./problems.ts";

/** A footage with its files found and looked at. */
export interface ResolvedFootage {
  /** The footage as the project has it. */
  readonly footage: Footage;
  /** What is decoded: the file, its proxy, or the pictures of a sequence in order. */
  readonly paths: readonly string[];
  /** What the project's own file is (of the first picture, for a sequence). */
  readonly probe: MediaProbe;
  /** What the proxy is, if that is decoded instead. */
  readonly proxyProbe?: MediaProbe;
  /** It is numbered pictures. */
  readonly isImageSequence: boolean;
}

/** What looking for media needs. */
export interface ResolveRequest {
  /** The project. */
  readonly project: OliveProject;
  /** Absolute path of its file. */
  readonly projectPath: string;
  /** The machine. */
  readonly host: ProjectHost;
  /** Takes what is missing. */
  readonly problems: ProblemList;
}

/** Digits of a number in the name of a picture: `%d`, `%04d`. */
const NUMBER_PATTERN = /%(0?)(\d{0,2})d/;

/**
 * Places where a url of a project may be meant, the preferred first, all absolute: as written, if
 * it is absolute; beside the project; beside the place where the project was when it was saved; by
 * its bare name beside the project.
 *
 * The editor first looks relative to its current folder. On a farm that is anybody's folder, so
 * this does not. A url such as `http://...` or `concat:...` is a file name like any other.
 *
 * @param url As written.
 * @param project `path` of its file, absolute; `savedUrl` as written in it.
 */
export function mediaCandidates(
  url: string,
  project: { readonly path: string; readonly savedUrl: string },
): readonly string[] {
  if (url === "") return [];
  const directory = dirname(project.path);
  const bareName = basename(url.replaceAll("\\", "/"));
  const candidates = isAbsolute(url) ? [url] : [
    join(directory, url),
    ...(isAbsolute(project.savedUrl) ? [join(dirname(project.savedUrl), url)] : []),
  ];
  return [...new Set([...candidates, join(directory, bareName)])];
}

/**
 * Finds and probes the media of footage, a few at a time. Takes note of each that is missing.
 *
 * @param wanted Footage, each with the line and name of a clip that needs it.
 * @returns Those that were found, by footage id.
 */
export async function resolveMedia(
  wanted: readonly Footage[],
  request: ResolveRequest,
): Promise<ReadonlyMap<number, ResolvedFootage>> {
  const resolved = new Map<number, ResolvedFootage>();
  const queue = [...wanted];
  async function work(): Promise<void> {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const found = await resolveOne(next, request);
      if (found !== undefined) resolved.set(next.id, found);
    }
  }
  await Promise.all(Array.from({ length: PROBES_AT_ONCE }, work));
  return resolved;
}

const PROBES_AT_ONCE = 4;

async function resolveOne(
  footage: Footage,
  request: ResolveRequest,
): Promise<ResolvedFootage | undefined> {
  const subject = footage.name === "" ? footage.url : footage.name;
  try {
    const paths = await findPaths(footage, request);
    const first = paths[0];
    if (first === undefined) {
      const message = `the file ${JSON.stringify(footage.url)} is not there`;
      request.problems.add({ code: "media_missing", line: footage.line, subject, message });
      return undefined;
    }
    const isImageSequence = isPattern(footage.url);
    const probe = await probeFile(first, request.host);
    const proxy = isImageSequence ? undefined : await findProxy(footage, request);
    return {
      footage,
      paths: proxy === undefined ? paths : [proxy.path],
      probe,
      ...(proxy === undefined ? {} : { proxyProbe: proxy.probe }),
      isImageSequence,
    };
  } catch (error) {
    if (!isDomainError(error, "media_missing") && !isDomainError(error, "path_refused")) {
      throw error;
    }
    const code = error.code === "path_refused" ? "path_refused" : "media_missing";
    request.problems.add({ code, line: footage.line, subject, message: error.message });
    return undefined;
  }
}

function isPattern(url: string): boolean {
  return NUMBER_PATTERN.test(basename(url.replaceAll("\\", "/")));
}

async function findPaths(footage: Footage, request: ResolveRequest): Promise<readonly string[]> {
  const candidates = mediaCandidates(footage.url, {
    path: request.projectPath,
    savedUrl: request.project.url,
  });
  if (!isPattern(footage.url)) {
    const path = await request.host.resolveFile(candidates);
    return path === undefined ? [] : [path];
  }
  for (const candidate of candidates) {
    const names = numberedNames(basename(candidate), {
      names: await request.host.listFiles(dirname(candidate)),
      startNumber: footage.startNumber,
    });
    const paths: string[] = [];
    for (const name of names) {
      const path = await request.host.resolveFile([join(dirname(candidate), name)]);
      if (path === undefined) break;
      paths.push(path);
    }
    if (paths.length > 0) return paths;
  }
  return [];
}

/**
 * Names of an image sequence: those that fit the pattern, from the start number on (or the lowest
 * there is, if that is 0), as long as no number is left out.
 *
 * @param pattern File name with `%d` or `%0Nd`.
 * @param folder `names` of its files; `startNumber`, or 0.
 */
export function numberedNames(
  pattern: string,
  folder: { readonly names: readonly string[]; readonly startNumber: number },
): readonly string[] {
  const { names, startNumber } = folder;
  const match = NUMBER_PATTERN.exec(pattern);
  if (match === null) return [];
  const width = match[2] === "" ? 0 : Number(match[2]);
  const head = pattern.slice(0, match.index);
  const tail = pattern.slice(match.index + match[0].length);
  const byNumber = new Map<number, string>();
  for (const name of names) {
    if (!name.startsWith(head) || !name.endsWith(tail)) continue;
    const digits = name.slice(head.length, name.length - tail.length);
    if (!/^\d{1,9}$/.test(digits)) continue;
    const number = Number(digits);
    if (String(number).padStart(match[1] === "" ? 0 : width, "0") === digits) {
      byNumber.set(number, name);
    }
  }
  const found: string[] = [];
  if (byNumber.size === 0) return found;
  let number = startNumber > 0 ? startNumber : lowest(byNumber.keys());
  for (let name = byNumber.get(number); name !== undefined; name = byNumber.get(number)) {
    if (found.length >= MEDIA_FILES_MAX) break;
    found.push(name);
    number += 1;
  }
  return found;
}

function lowest(numbers: Iterable<number>): number {
  let least = Infinity;
  for (const number of numbers) least = Math.min(least, number);
  return least;
}

async function findProxy(
  footage: Footage,
  request: ResolveRequest,
): Promise<{ readonly path: string; readonly probe: MediaProbe } | undefined> {
  if (!footage.usesProxy || footage.proxyPath === "") return undefined;
  const path = await request.host.resolveFile(
    mediaCandidates(footage.proxyPath, {
      path: request.projectPath,
      savedUrl: request.project.url,
    }),
  );
  if (path === undefined) return undefined;
  request.problems.warn({
    line: footage.line,
    subject: footage.name,
    message: "its proxy is used, as the editor does",
  });
  return { path, probe: await probeFile(path, request.host) };
}

/** Formats that make a reader open whatever else they name: not in a project of somebody else's. */
const REFERRING_FORMATS = ["hls", "concat", "dash", "imf", "sdp", "rtsp", "rtp"];

async function probeFile(path: string, host: ProjectHost): Promise<MediaProbe> {
  const probe = await host.probe(path);
  const refused = probe.format.split(",").find((name) => REFERRING_FORMATS.includes(name));
  if (refused === undefined) return probe;
  throw new DomainError(
    "media_missing",
    `Cannot use a list of other files: the format is ${refused}, must be a media file itself`,
  );
}

/** Gives out ids for media, in the order of first use. */
export class MediaTable {
  readonly #byKey = new Map<string, PlanMedia>();

  /** The id of a footage's files; the same files have one id. */
  idOf(resolved: ResolvedFootage): string {
    const key = JSON.stringify(resolved.paths);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known.id;
    const id = `m${this.#byKey.size + 1}`;
    this.#byKey.set(key, {
      id,
      paths: resolved.paths,
      name: resolved.footage.name,
      isImageSequence: resolved.isImageSequence,
    });
    return id;
  }

  /** All media that have an id. */
  list(): readonly PlanMedia[] {
    return [...this.#byKey.values()];
  }
}
