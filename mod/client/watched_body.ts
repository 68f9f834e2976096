import { type Clock, DomainError } from "../core/mod.ts";

/** What {@linkcode watchedBody} needs. */
export interface WatchedBodyOptions {
  /** Silence is measured by it. */
  readonly clock: Clock;
  /** Silence that ends the stream with `timeout`, milliseconds. */
  readonly stallMs: number;
  /** What is read, for the message. */
  readonly what: string;
  /** Bytes that must come, neither more nor less. Absent: any number. */
  readonly expectedBytes?: number;
  /** Turns what the connection threw into what the reader is thrown. */
  readonly toError: (error: unknown) => DomainError;
}

/**
 * A body that cannot hang for ever and cannot end early unnoticed.
 *
 * Only the time in which the reader waits counts as silence, so a slow reader is no dead
 * connection. Bytes are passed on when they are asked for: memory stays flat.
 *
 * @param body What the connection brings.
 * @param options Limits, and what the bytes must amount to.
 * @returns The same bytes. The stream fails with `timeout` in silence, with `master_unreachable`
 * when the bytes end too early or are too many.
 */
export function watchedBody(
  body: ReadableStream<Uint8Array>,
  options: WatchedBodyOptions,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let receivedBytes = 0;
  async function readNext(): Promise<Uint8Array | undefined> {
    const { done, value } = await readOrTimeout(reader, options);
    receivedBytes += value?.length ?? 0;
    const { expectedBytes = receivedBytes } = options;
    if (receivedBytes > expectedBytes || (done && receivedBytes < expectedBytes)) {
      throw new DomainError(
        "master_unreachable",
        `Cannot read ${options.what}: got ${receivedBytes} bytes, wanted ${expectedBytes}`,
      );
    }
    return done ? undefined : value;
  }
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      try {
        const chunk = await readNext();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      } catch (error) {
        const reason = options.toError(error);
        // Best effort: the connection may be gone already.
        reader.cancel(reason).catch(() => undefined);
        controller.error(reason);
      }
    },
    async cancel(reason): Promise<void> {
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

async function readOrTimeout(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  options: WatchedBodyOptions,
): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }> {
  const done = new AbortController();
  const stalled = options.clock.sleep(options.stallMs, done.signal).then((isOver) => {
    if (!isOver) return undefined;
    throw new DomainError(
      "timeout",
      `Cannot read ${options.what}: nothing came for ${options.stallMs} ms`,
    );
  });
  try {
    const result = await Promise.race([reader.read(), stalled]);
    // The watch ends only after the race or by throwing, never with a value of its own.
    return result ?? { done: true };
  } finally {
    done.abort();
  }
}
