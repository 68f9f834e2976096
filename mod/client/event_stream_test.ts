import { assertEquals, assertRejects } from "@std/assert";
import { DomainError } from "../core/mod.ts";
import { EVENT_CHARS_MAX, readEventStream, type ServerSentEvent } from "./mod.ts";

async function readAll(chunks: readonly string[]): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk));
  for await (const event of readEventStream(ReadableStream.from(bytes))) events.push(event);
  return events;
}

Deno.test("readEventStream() reads events however the bytes are cut", async () => {
  const text =
    "id: 7\nevent: job\ndata: {\ndata: }\n\n: ping\n\r\ndata:x\r\n\r\nid: 9\ndata: cut off";
  const expected = [
    { id: "7", event: "job", data: "{\n}" },
    { id: "", event: "message", data: "x" },
  ];
  assertEquals(await readAll([text]), expected);
  assertEquals(await readAll([...text]), expected);
});

Deno.test("readEventStream() reads characters that are cut within", async () => {
  const bytes = new TextEncoder().encode("data: Фильм\n\n");
  const events: ServerSentEvent[] = [];
  const single = ReadableStream.from(Array.from(bytes, (byte) => Uint8Array.of(byte)));
  for await (const event of readEventStream(single)) events.push(event);
  assertEquals(events.map((event) => event.data), ["Фильм"]);
});

Deno.test("readEventStream() refuses an event without end", async () => {
  const error = await assertRejects(
    () => readAll(["data: ", "x".repeat(EVENT_CHARS_MAX + 1)]),
    DomainError,
  );
  assertEquals(error.code, "too_large");
});
