import { TIMELINE_FRAMES_MAX } from "../../core/mod.ts";
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
import type {
  Clip,
  ClipSource,
  Effect,
  EffectField,
  EffectKey,
  KeyKind,
  Transition,
} from "./model.ts";
import { parseMarker } from "./parse_marker.ts";
import { findChild, listChildren, type XmlElement } from "./xml_tree.ts";

const TRACK_MAX = 1_000_000;
const TRANSITION_LENGTH_DEFAULT_FRAMES = 30;
const HANDLE_X_DEFAULT_FRAMES = 40;
/** Widest handle and value of a key frame; beyond it arithmetic loses its meaning, not its finiteness. */
const HANDLE_MAX = 1e12;

const KEY_KINDS: readonly KeyKind[] = ["linear", "bezier", "hold"];

/**
 * Reads a `<clip>` with its transitions and effects.
 *
 * @throws {DomainError} `project_invalid` with a line for a number that is none or out of range.
 */
export function parseClip(element: XmlElement): Clip {
  const opening = findChild(element, "opening");
  const closing = findChild(element, "closing");
  return {
    line: element.line,
    id: integerAttribute(element, "id", ID_RULE),
    isEnabled: switchAttribute(element, "enabled", { fallback: true }),
    name: textAttribute(element, "name"),
    inFrame: integerAttribute(element, "in", FRAME_RULE),
    outFrame: integerAttribute(element, "out", FRAME_RULE),
    clipInFrame: integerAttribute(element, "clipin", { ...FRAME_RULE, fallback: 0 }),
    track: integerAttribute(element, "track", { min: -TRACK_MAX, max: TRACK_MAX }),
    isAutoscaled: switchAttribute(element, "autoscale"),
    speed: decimalAttribute(element, "speed", SPEED_RULE),
    keepsPitch: switchAttribute(element, "maintainpitch"),
    isReversed: switchAttribute(element, "reverse"),
    source: parseSource(element),
    ...(opening === undefined ? {} : { opening: parseTransition(opening) }),
    ...(closing === undefined ? {} : { closing: parseTransition(closing) }),
    effects: listChildren(element, "effect").map(parseEffect),
    markers: listChildren(element, "marker").map(parseMarker),
  };
}

function parseSource(element: XmlElement): ClipSource {
  if (element.attributes["media"] !== undefined) {
    return {
      kind: "footage",
      footageId: integerAttribute(element, "media", ID_RULE),
      streamIndex: integerAttribute(element, "stream", ID_RULE),
    };
  }
  if (element.attributes["sequence"] !== undefined) {
    return { kind: "sequence", sequenceId: integerAttribute(element, "sequence", ID_RULE) };
  }
  return { kind: "none" };
}

function parseTransition(element: XmlElement): Transition {
  if (element.attributes["shared"] !== undefined) {
    return {
      kind: "shared",
      line: element.line,
      clipId: integerAttribute(element, "shared", ID_RULE),
    };
  }
  return {
    kind: "own",
    line: element.line,
    name: textAttribute(element, "name"),
    lengthFrames: integerAttribute(element, "length", {
      min: 0,
      max: TIMELINE_FRAMES_MAX,
      fallback: TRANSITION_LENGTH_DEFAULT_FRAMES,
    }),
    isEnabled: switchAttribute(element, "enabled", { fallback: true }),
  };
}

function parseEffect(element: XmlElement): Effect {
  return {
    line: element.line,
    name: textAttribute(element, "name"),
    isEnabled: switchAttribute(element, "enabled", { fallback: true }),
    rows: listChildren(element, "row").map((row) => ({
      line: row.line,
      fields: listChildren(row, "field").map(parseField),
    })),
  };
}

function parseField(element: XmlElement): EffectField {
  const keys = listChildren(element, "key").map(parseKey);
  return {
    line: element.line,
    id: textAttribute(element, "id"),
    value: textAttribute(element, "value"),
    // A stable sort: of two keys on one frame the later in the file stays the later.
    keys: keys.sort((a, b) => a.frame - b.frame),
  };
}

function parseKey(element: XmlElement): EffectKey {
  const handle = (name: string, fallback: number): number =>
    decimalAttribute(element, name, { min: -HANDLE_MAX, max: HANDLE_MAX, fallback });
  const type = integerAttribute(element, "type", { min: 0, max: 2, fallback: 0 });
  const kind = KEY_KINDS[type];
  if (kind === undefined) throw invalidAt(element.line, `no kind of key frame is ${type}`);
  return {
    line: element.line,
    value: textAttribute(element, "value"),
    frame: integerAttribute(element, "frame", FRAME_RULE),
    kind,
    preX: handle("prehx", -HANDLE_X_DEFAULT_FRAMES),
    preY: handle("prehy", 0),
    postX: handle("posthx", HANDLE_X_DEFAULT_FRAMES),
    postY: handle("posthy", 0),
  };
}
