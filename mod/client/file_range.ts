import { DomainError } from "../core/mod.ts";
import type { Caller } from "./call.ts";
import { FILE_STALL_MS } from "./limits.ts";
import { watchedBody } from "./watched_body.ts";

/** Which bytes of which file. */
export interface FileRangeRequest {
  /** The job that names the file. */
  readonly jobId: string;
  /** The file, as the job's plan names it. */
  readonly fileId: string;
  /** First byte, from 0. */
  readonly start: number;
  /** After the last byte; more than `start`. */
  readonly end: number;
  /** Ends the call, and later the stream. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a range of a media file of a job.
 *
 * @param caller Whom to ask.
 * @param request The range.
 * @returns Exactly `end - start` bytes as a stream, or a stream that fails: `master_unreachable`
 * when the connection breaks, `timeout` after FILE_STALL_MS of silence, `cancelled` by the signal.
 * @throws {DomainError} `file_not_found`, `io_failed` if the master answers with other bytes than
 * asked for, and whatever {@linkcode Caller.open} throws.
 * @throws {RangeError} If the range is empty or no range of bytes.
 */
export async function openFileRange(
  caller: Caller,
  request: FileRangeRequest,
): Promise<ReadableStream<Uint8Array>> {
  const { jobId, fileId, start, end, signal } = request;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end <= start) {
    throw new RangeError(`Cannot open file range: current value is [${start}, ${end})`);
  }
  const what = `bytes ${start} to ${end} of file ${fileId} of job ${jobId}`;
  const response = await openInTime(caller, { what, request });
  const wanted = `bytes ${start}-${end - 1}/`;
  const given = response.headers.get("content-range") ?? "(none)";
  if (response.status !== 206 || !given.startsWith(wanted) || response.body === null) {
    await response.body?.cancel();
    throw new DomainError(
      "io_failed",
      `Cannot read ${what}: the master answered with status ${response.status}, range ${given}`,
    );
  }
  return watchedBody(response.body, {
    clock: caller.clock,
    stallMs: FILE_STALL_MS,
    what,
    expectedBytes: end - start,
    toError: (error) => caller.transportError(error, signal),
  });
}

/** The answer's head must come in time; its body has its own watch. */
async function openInTime(
  caller: Caller,
  options: { readonly what: string; readonly request: FileRangeRequest },
): Promise<Response> {
  const { jobId, fileId, start, end, signal } = options.request;
  const headers = new AbortController();
  const done = new AbortController();
  const watch = caller.clock.sleep(FILE_STALL_MS, done.signal).then((isOver) => {
    if (!isOver) return;
    headers.abort(
      new DomainError("timeout", `Cannot read ${options.what}: no answer in ${FILE_STALL_MS} ms`),
    );
  });
  try {
    return await caller.open("getFile", {
      params: { id: jobId, fileId },
      headers: { range: `bytes=${start}-${end - 1}`, accept: "application/octet-stream" },
      signal: signal === undefined ? headers.signal : AbortSignal.any([signal, headers.signal]),
    });
  } finally {
    done.abort();
    await watch;
  }
}
