import { DomainError } from "../../core/mod.ts";
import type { ServedFile } from "./services.ts";

const READ_BYTES = 512 * 1024;

/**
 * Answers with a file or one range of it (RFC 9110, section 14). Memory stays flat: the next block
 * is read when the last one has left.
 *
 * @param file What to serve; its checksum is the entity tag.
 * @param rangeHeader The request's `Range`; absent for the whole file. Only `bytes=A-B` and
 * `bytes=A-` are understood.
 * @returns 200, 206, or 416 for a range outside the file.
 * @throws {DomainError} `file_not_found` if the file is gone, `io_failed` if it has changed its size.
 */
export async function serveFile(file: ServedFile, rangeHeader?: string): Promise<Response> {
  const range = parseRange(rangeHeader, file.sizeBytes);
  if (range === "unsatisfiable") {
    return new Response(null, {
      status: 416,
      headers: { "content-range": `bytes */${file.sizeBytes}` },
    });
  }
  const { start, end } = range ?? { start: 0, end: file.sizeBytes };
  const handle = await openUnchanged(file);
  if (start > 0) await handle.seek(start, Deno.SeekMode.Start);
  return new Response(streamBytes(handle, end - start), {
    status: range === undefined ? 200 : 206,
    headers: {
      "content-type": "application/octet-stream",
      "content-length": String(end - start),
      "accept-ranges": "bytes",
      etag: `"${file.sha256}"`,
      ...(range === undefined
        ? {}
        : { "content-range": `bytes ${start}-${end - 1}/${file.sizeBytes}` }),
    },
  });
}

async function openUnchanged(file: ServedFile): Promise<Deno.FsFile> {
  let handle: Deno.FsFile;
  try {
    handle = await Deno.open(file.path, { read: true });
  } catch (error) {
    throw new DomainError("file_not_found", `Cannot serve ${file.path}: it is gone`, {
      cause: error,
    });
  }
  const { size } = await handle.stat();
  if (size === file.sizeBytes) return handle;
  handle.close();
  throw new DomainError(
    "io_failed",
    `Cannot serve ${file.path}: it has ${size} bytes, had ${file.sizeBytes} at submission`,
    { hint: "Submit the project again: its media changed while the job was running" },
  );
}

function streamBytes(handle: Deno.FsFile, sizeBytes: number): ReadableStream<Uint8Array> {
  let left = sizeBytes;
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      if (left === 0) {
        handle.close();
        controller.close();
        return;
      }
      try {
        const block = new Uint8Array(Math.min(READ_BYTES, left));
        const count = await handle.read(block);
        if (count === null) throw new Error("File ended early");
        left -= count;
        controller.enqueue(block.subarray(0, count));
      } catch (error) {
        handle.close();
        controller.error(error);
      }
    },
    cancel(): void {
      handle.close();
    },
  }, { highWaterMark: 2 });
}

/** A range as `[start, end)`; `undefined` if none was asked for that is understood. */
export function parseRange(
  header: string | undefined,
  sizeBytes: number,
): { start: number; end: number } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header ?? "");
  if (match === null) return undefined;
  const start = Number(match[1]);
  const end = match[2] === "" ? sizeBytes : Math.min(Number(match[2]) + 1, sizeBytes);
  return start < end ? { start, end } : "unsatisfiable";
}
