import { DomainError } from "../../core/mod.ts";
import {
  decimalAttribute,
  FRAME_RULE,
  ID_RULE,
  integerAttribute,
  invalidAt,
  SPEED_RULE,
  switchAttribute,
  textAttribute,
} from "./attributes.ts";
import {
  type Folder,
  type Footage,
  FRAME_SIDE_MAX,
  OLIVE01_VERSION,
  type OliveProject,
  type Sequence,
} from "./model.ts";
import { parseClip } from "./parse_clip.ts";
import { parseMarker } from "./parse_marker.ts";
import { findChild, listChildren, parseXmlTree, type XmlElement } from "./xml_tree.ts";

const FPS_MAX = 1000;
const DURATION_MICROSECONDS_MAX = Number.MAX_SAFE_INTEGER;
const SAMPLE_RATE_RULE = { min: 1, max: 1_000_000 } as const;
const WHOLE_RULE = { min: 0, max: 2 ** 53 - 1, fallback: 0 } as const;

/**
 * Reads a project of Olive 0.1. Guarantees that every number of the result is finite and in range
 * and that ids are unique; does not follow references, does not look at media.
 *
 * @param source Bytes (UTF-8) or text of the file, at most `PROJECT_SIZE_BYTES_MAX`.
 * @throws {DomainError} `project_invalid` with a line for what is malformed, of another version or
 * not a project; `too_large` beyond a limit.
 */
export function parseProject(source: Uint8Array | string): OliveProject {
  const root = parseXmlTree(source);
  assertVersion(root);
  const footage = sectionChildren(root, "media", "footage").map(parseFootage);
  const sequences = sectionChildren(root, "sequences", "sequence").map(parseSequence);
  assertUniqueIds(footage, "footage");
  assertUniqueIds(sequences, "sequence");
  return {
    url: findChild(root, "url")?.text.trim() ?? "",
    folders: sectionChildren(root, "folders", "folder").map(parseFolder),
    footage,
    sequences,
  };
}

function assertVersion(root: XmlElement): void {
  if (root.name === "olive") {
    throw new DomainError("project_invalid", "Cannot read project: it was saved by Olive 0.2", {
      hint: `Only projects of Olive 0.1 (format version ${OLIVE01_VERSION}) can be exported.`,
      details: { line: root.line },
    });
  }
  if (root.name !== "project") {
    throw invalidAt(root.line, `the root element is <${root.name}>, must be <project>`);
  }
  const version = findChild(root, "version");
  const written = version?.text.trim() ?? "";
  if (written === String(OLIVE01_VERSION)) return;
  const line = version?.line ?? root.line;
  throw new DomainError(
    "project_invalid",
    `Cannot read project: line ${line}: the format version is ` +
      `${JSON.stringify(written.slice(0, 40))}, must be ${OLIVE01_VERSION}`,
    {
      hint: "Open the project in the last Olive 0.1 and save it again.",
      details: { line, version: written.slice(0, 40) },
    },
  );
}

function sectionChildren(
  root: XmlElement,
  section: string,
  child: string,
): readonly XmlElement[] {
  const element = findChild(root, section);
  return element === undefined ? [] : listChildren(element, child);
}

/** Refuses a second element with the id of another. */
export function assertUniqueIds(
  items: readonly { readonly id: number; readonly line: number }[],
  kind: string,
): void {
  const seen = new Set<number>();
  for (const item of items) {
    if (seen.has(item.id)) throw invalidAt(item.line, `a second ${kind} has the id ${item.id}`);
    seen.add(item.id);
  }
}

function parseFolder(element: XmlElement): Folder {
  return {
    line: element.line,
    id: integerAttribute(element, "id", ID_RULE),
    name: textAttribute(element, "name"),
    parentId: integerAttribute(element, "parent", { ...ID_RULE, fallback: 0 }),
  };
}

function parseFootage(element: XmlElement): Footage {
  return {
    line: element.line,
    id: integerAttribute(element, "id", ID_RULE),
    folderId: integerAttribute(element, "folder", { ...ID_RULE, fallback: 0 }),
    name: textAttribute(element, "name"),
    url: textAttribute(element, "url"),
    durationMicroseconds: integerAttribute(element, "duration", {
      min: -DURATION_MICROSECONDS_MAX,
      max: DURATION_MICROSECONDS_MAX,
      fallback: 0,
    }),
    speed: decimalAttribute(element, "speed", SPEED_RULE),
    isAlphaPremultiplied: switchAttribute(element, "alphapremul"),
    startNumber: integerAttribute(element, "startnumber", { ...ID_RULE, fallback: 0 }),
    usesProxy: switchAttribute(element, "proxy"),
    proxyPath: textAttribute(element, "proxypath"),
    videoStreams: listChildren(element, "video").map((video) => ({
      line: video.line,
      id: integerAttribute(video, "id", ID_RULE),
      width: integerAttribute(video, "width", WHOLE_RULE),
      height: integerAttribute(video, "height", WHOLE_RULE),
      fps: decimalAttribute(video, "framerate", { min: 0, max: 1e9, fallback: 0 }),
      isInfinite: switchAttribute(video, "infinite"),
    })),
    audioStreams: listChildren(element, "audio").map((audio) => ({
      line: audio.line,
      id: integerAttribute(audio, "id", ID_RULE),
      channels: integerAttribute(audio, "channels", WHOLE_RULE),
      layoutMask: integerAttribute(audio, "layout", WHOLE_RULE),
      sampleRate: integerAttribute(audio, "frequency", WHOLE_RULE),
    })),
    markers: listChildren(element, "marker").map(parseMarker),
  };
}

function parseSequence(element: XmlElement): Sequence {
  const sideRule = { min: 1, max: FRAME_SIDE_MAX };
  const clips = listChildren(element, "clip").map(parseClip);
  assertUniqueIds(clips, "clip of this sequence");
  const hasWorkArea = switchAttribute(element, "workarea");
  return {
    line: element.line,
    id: integerAttribute(element, "id", ID_RULE),
    folderId: integerAttribute(element, "folder", { ...ID_RULE, fallback: 0 }),
    name: textAttribute(element, "name"),
    width: integerAttribute(element, "width", sideRule),
    height: integerAttribute(element, "height", sideRule),
    fps: decimalAttribute(element, "framerate", { min: 0.01, max: FPS_MAX }),
    sampleRate: integerAttribute(element, "afreq", { ...SAMPLE_RATE_RULE, fallback: 48_000 }),
    layoutMask: integerAttribute(element, "alayout", { ...WHOLE_RULE, fallback: 3 }),
    // Its presence counts, whatever its value.
    isOpen: element.attributes["open"] !== undefined,
    ...(hasWorkArea
      ? {
        workArea: {
          inFrame: integerAttribute(element, "workareaIn", FRAME_RULE),
          outFrame: integerAttribute(element, "workareaOut", FRAME_RULE),
        },
      }
      : {}),
    clips,
    markers: listChildren(element, "marker").map(parseMarker),
  };
}
