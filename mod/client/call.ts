import { type Clock, DomainError, isDomainError } from "../core/mod.ts";
import {
  assertProtocol,
  checkWire,
  fromProblem,
  PROTOCOL_HEADER,
  PROTOCOL_VERSION,
  type RouteName,
  routePath,
  ROUTES,
  type Schema,
} from "../wire/mod.ts";
import { CALL_TIMEOUT_MS, REPLY_BYTES_MAX } from "./limits.ts";

/** Sends a request. The plain `fetch` fits, and so does one that shows a certificate. */
export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>;

/** What every call needs. */
export interface CallerOptions {
  /** Where the master listens: `https://host:port`. */
  readonly baseUrl: string;
  /** How requests are sent. */
  readonly fetch: FetchFunction;
  /** Timeouts go by it. */
  readonly clock: Clock;
}

/** What any call may be told. */
export interface CallOptions {
  /** Ends the call early. */
  readonly signal?: AbortSignal | undefined;
  /** Longest time for the whole answer, milliseconds. Each call has its own default. */
  readonly timeoutMs?: number | undefined;
}

/** One request. */
export interface CallSpec extends CallOptions {
  /** Values of the path's parameters. */
  readonly params?: Readonly<Record<string, string>>;
  /** Put behind the path. */
  readonly query?: Readonly<Record<string, string>>;
  /** Added to the usual ones; they win. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

/** Makes requests of the wire's table and turns whatever goes wrong into a DomainError. */
export class Caller {
  readonly #options: CallerOptions;
  readonly #baseUrl: string;

  /**
   * Sends nothing yet.
   *
   * @param options Where to, with what, and what time it is.
   */
  constructor(options: CallerOptions) {
    this.#options = options;
    this.#baseUrl = options.baseUrl.replace(/\/+$/, "");
  }

  /** The clock of all calls. */
  get clock(): Clock {
    return this.#options.clock;
  }

  /**
   * Opens an answer: its status is good and its protocol is ours; the body is still to be read.
   *
   * @throws {DomainError} What the answer's problem says; `master_unreachable` without an answer;
   * `version_mismatch` for a peer of another protocol; `cancelled` if the signal ended it.
   */
  async open(route: RouteName, spec: CallSpec): Promise<Response> {
    const query = new URLSearchParams(spec.query ?? {}).toString();
    const path = routePath(route, spec.params) + (query === "" ? "" : `?${query}`);
    const body = spec.bytes ?? (spec.json === undefined ? undefined : JSON.stringify(spec.json));
    let response: Response;
    try {
      response = await this.#options.fetch(this.#baseUrl + path, {
        method: ROUTES[route].method,
        redirect: "error",
        headers: {
          [PROTOCOL_HEADER]: PROTOCOL_VERSION,
          accept: "application/json",
          ...(spec.json === undefined ? {} : { "content-type": "application/json" }),
          ...(spec.bytes === undefined ? {} : { "content-type": "application/octet-stream" }),
          ...spec.headers,
        },
        ...(body === undefined ? {} : { body }),
        ...(spec.signal === undefined ? {} : { signal: spec.signal }),
      });
    } catch (error) {
      throw this.transportError(error, spec.signal);
    }
    if (!response.ok) throw await this.#problemOf(response, spec.signal);
    try {
      assertProtocol(response.headers.get(PROTOCOL_HEADER) ?? undefined);
    } catch (error) {
      await response.body?.cancel().catch(() => undefined);
      throw error;
    }
    return response;
  }

  /**
   * Makes a call and reads its whole answer.
   *
   * @returns The answer's bytes, at most REPLY_BYTES_MAX.
   * @throws {DomainError} As {@linkcode Caller.open}; `timeout` after `timeoutMs`; `too_large`.
   */
  async bytes(route: RouteName, spec: CallSpec): Promise<Uint8Array<ArrayBuffer>> {
    const timeoutMs = spec.timeoutMs ?? CALL_TIMEOUT_MS;
    return await withTimeout(
      async (signal) => {
        const response = await this.open(route, { ...spec, signal });
        try {
          return await readBody(response, REPLY_BYTES_MAX);
        } catch (error) {
          throw this.transportError(error, signal);
        }
      },
      { clock: this.clock, timeoutMs, signal: spec.signal, what: routeLabel(route) },
    );
  }

  /**
   * Makes a call whose answer is JSON of a schema.
   *
   * @throws {DomainError} As {@linkcode Caller.bytes}; `internal` if the answer is not what the
   * schema says.
   */
  async json<T>(route: RouteName, schema: Schema<T>, spec: CallSpec): Promise<T> {
    return parseReply(await this.bytes(route, spec), { schema, what: routeLabel(route) });
  }

  /** What to throw when a request or the reading of its answer failed. */
  transportError(error: unknown, signal: AbortSignal | undefined): DomainError {
    if (signal !== undefined && signal.aborted) {
      const { reason } = signal;
      return isDomainError(reason)
        ? reason
        : new DomainError("cancelled", "Cannot finish the call to the master: stopped");
    }
    if (isDomainError(error)) return error;
    return new DomainError("master_unreachable", `Cannot reach the master at ${this.#baseUrl}`, {
      cause: error,
      hint: "Check that olive master runs there and that no firewall is in between",
    });
  }

  async #problemOf(response: Response, signal: AbortSignal | undefined): Promise<DomainError> {
    try {
      const body = await readBody(response, REPLY_BYTES_MAX);
      return fromProblem(JSON.parse(new TextDecoder().decode(body)), response.status);
    } catch (error) {
      // A proxy's own page is no JSON; a connection that broke says so itself.
      if (error instanceof SyntaxError) return fromProblem(undefined, response.status);
      return this.transportError(error, signal);
    }
  }
}

/** A route as messages name it: `POST /v1/jobs`. */
function routeLabel(route: RouteName): string {
  return `${ROUTES[route].method} ${ROUTES[route].path}`;
}

/**
 * Checks the bytes of an answer.
 *
 * @param bytes JSON.
 * @param expected What it must be, and which call it answers, for the message.
 * @throws {DomainError} `internal` if they are not what the schema says: one odd answer is tried
 * again, it does not end a worker.
 */
export function parseReply<T>(
  bytes: Uint8Array,
  expected: { readonly schema: Schema<T>; readonly what: string },
): T {
  const { schema, what } = expected;
  try {
    return checkWire(schema, {
      value: JSON.parse(new TextDecoder().decode(bytes)),
      what: `answer to ${what}`,
    });
  } catch (error) {
    throw new DomainError("internal", `Cannot understand the master's answer to ${what}`, {
      cause: error,
      hint: "Install the same version of olive on both machines",
    });
  }
}

/** What {@linkcode withTimeout} needs. */
interface TimeoutOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly what: string;
}

/** Runs an action with a signal that also ends after the time, with the error `timeout`. */
async function withTimeout<T>(
  action: (signal: AbortSignal) => Promise<T>,
  options: TimeoutOptions,
): Promise<T> {
  const deadline = new AbortController();
  const done = new AbortController();
  const signals = options.signal === undefined
    ? deadline.signal
    : AbortSignal.any([options.signal, deadline.signal]);
  const watch = options.clock.sleep(options.timeoutMs, done.signal).then((isOver) => {
    if (!isOver) return;
    deadline.abort(
      new DomainError(
        "timeout",
        `Cannot finish ${options.what}: no answer within ${options.timeoutMs} ms`,
      ),
    );
  });
  try {
    return await action(signals);
  } finally {
    done.abort();
    await watch;
  }
}

async function readBody(response: Response, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > bytesMax) {
      throw new DomainError("too_large", `Cannot read answer: more than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  const whole = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
