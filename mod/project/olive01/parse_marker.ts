import { FRAME_RULE, integerAttribute, textAttribute } from "./attributes.ts";
import type { Marker } from "./model.ts";
import type { XmlElement } from "./xml_tree.ts";

/**
 * Reads a `<marker>`.
 *
 * @throws {DomainError} `project_invalid` if its frame is no number or out of range.
 */
export function parseMarker(element: XmlElement): Marker {
  return {
    line: element.line,
    frame: integerAttribute(element, "frame", { ...FRAME_RULE, fallback: 0 }),
    name: textAttribute(element, "name"),
  };
}
