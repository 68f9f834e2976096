import { DomainError } from "../core/mod.ts";
import { EVENT_CHARS_MAX } from "./limits.ts";

/** One server-sent event. */
export interface ServerSentEvent {
  /** As the stream named it; empty if it did not. */
  readonly id: string;
  /** Kind of event; `message` if the stream did not say. */
  readonly event: string;
  /** Its lines, joined by line feeds. */
  readonly data: string;
}

/**
 * Reads a stream of server-sent events.
 *
 * An event that the stream's end cuts off is left out, as the standard wants it.
 *
 * @param chunks Bytes of the stream, cut anywhere.
 * @returns The events that carry data, in order.
 * @throws {DomainError} `too_large` for an event of more than EVENT_CHARS_MAX characters.
 * @see Source: https://html.spec.whatwg.org/multipage/server-sent-events.html section 9.2.6.
 */
export async function* readEventStream(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent> {
  let fields = emptyFields();
  for await (const line of readLines(chunks)) {
    if (line === "") {
      const event = toEvent(fields);
      fields = emptyFields();
      if (event !== undefined) yield event;
      continue;
    }
    addField(fields, line);
  }
}

interface EventFields {
  id: string;
  event: string;
  data: string[];
  chars: number;
}

function emptyFields(): EventFields {
  return { id: "", event: "", data: [], chars: 0 };
}

function toEvent(fields: EventFields): ServerSentEvent | undefined {
  if (fields.data.length === 0) return undefined;
  return { id: fields.id, event: fields.event || "message", data: fields.data.join("\n") };
}

function addField(fields: EventFields, line: string): void {
  fields.chars += line.length;
  assertEventSize(fields.chars);
  const colon = line.indexOf(":");
  if (colon === 0) return;
  const name = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
  if (name === "data") fields.data.push(value);
  else if (name === "id") fields.id = value;
  else if (name === "event") fields.event = value;
}

async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    // A carriage return at the very end may be the first half of a line end.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    assertEventSize(rest.length);
    yield* lines;
  }
}

function assertEventSize(chars: number): void {
  if (chars > EVENT_CHARS_MAX) {
    throw new DomainError(
      "too_large",
      `Cannot read event: more than ${EVENT_CHARS_MAX} characters`,
    );
  }
}
