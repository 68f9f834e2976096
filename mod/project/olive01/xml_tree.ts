import { SaxesParser, type SaxesTagPlain } from "saxes";
import { DomainError, PROJECT_SIZE_BYTES_MAX } from "../../core/mod.ts";

/** Deepest nesting of elements. Real projects have eight levels. */
export const XML_DEPTH_MAX = 64;
/** Most elements of a project file: a key frame or a field is one. */
export const XML_ELEMENTS_MAX = 2_000_000;

/** An element of the file. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Where its tag begins, from 1. */
  readonly line: number;
  readonly children: readonly XmlElement[];
  /** Its own text, children's left out. */
  readonly text: string;
}

interface OpenElement extends XmlElement {
  children: XmlElement[];
  text: string;
}

/**
 * Reads a whole XML file into a tree, with hard limits, since a project file is hostile input:
 * size, depth, number of elements; document types and with them entities are refused.
 *
 * @param source Bytes (UTF-8, a byte order mark is allowed) or text of the file.
 * @returns The root element.
 * @throws {DomainError} `project_invalid` with `details.line` and `details.column` if it is not
 * well-formed; `too_large` beyond a limit.
 */
export function parseXmlTree(source: Uint8Array | string): XmlElement {
  const text = decodeText(source);
  const parser = new SaxesParser();
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elementCount = 0;
  let startLine = 1;

  parser.on("error", (error) => {
    const reason = error.message.replace(/^\d+:\d+: /, "").replace(/\.$/, "");
    throw malformed(reason, { line: parser.line, column: parser.column });
  });
  parser.on("doctype", () => {
    throw malformed("it declares a document type, which no project needs", {
      line: parser.line,
      column: parser.column,
    });
  });
  parser.on("opentagstart", () => {
    // The character after the name is consumed already; it may have been the line's end.
    startLine = parser.column === 0 ? parser.line - 1 : parser.line;
    elementCount += 1;
    if (elementCount > XML_ELEMENTS_MAX) throw beyond(`more than ${XML_ELEMENTS_MAX} elements`);
    if (open.length >= XML_DEPTH_MAX) {
      throw beyond(`elements nested deeper than ${XML_DEPTH_MAX}`, startLine);
    }
  });
  parser.on("opentag", (tag: SaxesTagPlain) => {
    const element: OpenElement = {
      name: tag.name,
      attributes: tag.attributes,
      line: startLine,
      children: [],
      text: "",
    };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on("text", (piece) => {
    const current = open.at(-1);
    // Indentation between elements is most of a real file; it means nothing.
    if (current !== undefined && piece.trim() !== "") current.text += piece;
  });
  parser.on("cdata", (piece) => {
    const current = open.at(-1);
    if (current !== undefined) current.text += piece;
  });
  parser.on("closetag", () => {
    const closed = open.pop();
    if (open.length === 0) root = closed;
  });
  parser.write(text).close();
  if (root === undefined) throw malformed("it has no element", { line: 1, column: 0 });
  return root;
}

/** The first child of that name. */
export function findChild(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** All children of that name, in file order. */
export function listChildren(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

function decodeText(source: Uint8Array | string): string {
  const size = source.length;
  if (size > PROJECT_SIZE_BYTES_MAX) throw beyond(`larger than ${PROJECT_SIZE_BYTES_MAX} bytes`);
  if (typeof source === "string") return source.startsWith("\uFEFF") ? source.slice(1) : source;
  if (source[0] === 0x4f && source[1] === 0x56 && source[2] === 0x45 && source[3] === 0x43) {
    throw new DomainError("project_invalid", "Cannot read project: it was saved by Olive 0.2", {
      hint: "Only projects of Olive 0.1 (format version 190219) can be exported.",
    });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(source);
  } catch (cause) {
    throw new DomainError("project_invalid", "Cannot read project: it is not UTF-8 text", {
      hint: "Check that this is a project file and not a media file.",
      cause,
    });
  }
}

function malformed(reason: string, at: { line: number; column: number }): DomainError {
  return new DomainError(
    "project_invalid",
    `Cannot read project: line ${at.line}, column ${at.column}: ${reason}`,
    { hint: "Save the project again with Olive 0.1, or restore a backup of it.", details: at },
  );
}

function beyond(what: string, line?: number): DomainError {
  const where = line === undefined ? "" : `line ${line}: `;
  return new DomainError("too_large", `Cannot read project: ${where}${what}`, {
    details: line === undefined ? {} : { line },
  });
}
