import { type Clock, DomainError, type ErrorCode } from "../core/mod.ts";
import {
  type Assignment,
  type AttemptReport,
  attemptReport,
  checkWire,
  type JobFile,
  type PlanReply,
  PROBLEM_CONTENT_TYPE,
  PROTOCOL_HEADER,
  PROTOCOL_VERSION,
  registerRequest,
  type RouteName,
  ROUTES,
  type SyncReply,
  type SyncRequest,
  syncRequest,
  toProblem,
} from "../wire/mod.ts";

/** What the master says of an attempt. */
export type FakeAttemptState =
  | "queued"
  | "running"
  | "succeeded"
  | "failed"
  | "superseded"
  | "cancelled"
  | "returned";

/** An attempt as the fake master knows it. */
export interface FakeAttempt {
  readonly assignment: Assignment;
  state: FakeAttemptState;
  /** Name of the worker that has it. */
  worker: string;
  /** What has arrived of its result. */
  received: Uint8Array<ArrayBuffer>;
  /** Reports in the order of their arrival, repeated ones too. */
  readonly reports: AttemptReport[];
}

/** A file of a job, with its content. */
export interface FakeJobFile {
  readonly fileId: string;
  readonly mediaId: string;
  readonly index?: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly extension?: string;
}

/** One request that arrived, also one that was answered with an error. */
export interface FakeCall {
  readonly route: RouteName;
  readonly path: string;
  readonly atMs: number;
}

/** What {@linkcode FakeMaster} needs. */
export interface FakeMasterOptions {
  /** Long polls go by it. */
  readonly clock: Clock;
  /** See the answer to a registration. Default 1,000. */
  readonly heartbeatMs?: number;
}

interface FakeJob {
  readonly body: string;
  readonly files: ReadonlyMap<string, FakeJobFile>;
}

interface Request {
  readonly route: RouteName;
  readonly params: Readonly<Record<string, string>>;
  readonly init: RequestInit;
}

interface PlannedFault {
  readonly kind: "answer" | "lose";
  readonly error?: DomainError;
  times: number;
}

const WORKER_ROUTES: readonly RouteName[] = [
  "info",
  "registerWorker",
  "syncWorker",
  "getPlan",
  "getFile",
  "uploadStatus",
  "uploadPiece",
  "reportAttempt",
];

/** SHA-256 as 64 hexadecimal digits. */
export async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * A master without sockets, database and render: the routes that a worker calls, scripted by a test.
 *
 * It keeps the wire's promises (what runs and is not listed is sent again, what is listed and does
 * not run is cancelled, a newer sync ends the older one), and breaks them when it is told to.
 */
export class FakeMaster {
  readonly #clock: Clock;
  readonly #heartbeatMs: number;
  readonly #jobs = new Map<string, FakeJob>();
  readonly #sessions = new Map<string, string>();
  readonly #faults = new Map<RouteName, PlannedFault[]>();
  readonly #waiting = new Map<string, { end: () => void }>();
  #isAway = false;

  /** Every attempt by its id, queued ones too. */
  readonly attempts: Map<string, FakeAttempt> = new Map();
  /** Every request that arrived, in order. */
  readonly calls: FakeCall[] = [];
  /** Every sync request that arrived, in order. */
  readonly syncs: SyncRequest[] = [];
  /** Ids of attempts in the order in which their reports were taken. */
  readonly reported: string[] = [];
  /** The attempts of each answer to a sync that handed some out. */
  readonly handedOut: string[][] = [];
  /** Most syncs of one worker that were under way at once. */
  syncsAtOnceMax = 0;
  #syncsNow = 0;

  /**
   * Knows no worker and no job.
   *
   * @param options Clock, and what workers are told at registration.
   */
  constructor(options: FakeMasterOptions) {
    this.#clock = options.clock;
    this.#heartbeatMs = options.heartbeatMs ?? 1_000;
  }

  /**
   * Adds a job.
   *
   * @param jobId Its id.
   * @param job Plan and files.
   * @returns `planSha256` for assignments.
   */
  async addJob(
    jobId: string,
    job: { readonly plan: Record<string, unknown>; readonly files?: readonly FakeJobFile[] },
  ): Promise<string> {
    const files: JobFile[] = [];
    for (const file of job.files ?? []) {
      files.push({
        fileId: file.fileId,
        mediaId: file.mediaId,
        index: file.index ?? 0,
        sizeBytes: file.bytes.length,
        sha256: await sha256Of(file.bytes),
        extension: file.extension ?? "",
      });
    }
    const reply: PlanReply = { plan: job.plan, files };
    const body = JSON.stringify(reply);
    const byId = new Map((job.files ?? []).map((file) => [file.fileId, file]));
    this.#jobs.set(jobId, { body, files: byId });
    return await sha256Of(new TextEncoder().encode(body));
  }

  /** Puts a part into the queue; a worker that asks for work gets it. */
  queue(assignment: Assignment): void {
    this.attempts.set(assignment.attemptId, {
      assignment,
      state: "queued",
      worker: "",
      received: new Uint8Array(),
      reports: [],
    });
    this.#wakeAll();
  }

  /** Takes an attempt back; its worker is told at once. */
  end(attemptId: string, state: "cancelled" | "superseded"): void {
    this.attempt(attemptId).state = state;
    this.#wakeAll();
  }

  /** An attempt that was queued before. */
  attempt(attemptId: string): FakeAttempt {
    const attempt = this.attempts.get(attemptId);
    if (attempt === undefined) throw new RangeError(`Cannot find attempt ${attemptId}`);
    return attempt;
  }

  /** How often a route was called. */
  countCalls(route: RouteName): number {
    return this.calls.filter((call) => call.route === route).length;
  }

  /** From now on no request arrives; those under way break. */
  goAway(): void {
    this.#isAway = true;
    this.#wakeAll();
  }

  /** Ends {@linkcode FakeMaster.goAway}. */
  comeBack(): void {
    this.#isAway = false;
  }

  /** Forgets all workers, as a master does whose database was put back. */
  forgetWorkers(): void {
    this.#sessions.clear();
    this.#wakeAll();
  }

  /** The next requests of a route are answered with an error, and nothing else happens. */
  failNext(route: RouteName, fault: { readonly code: ErrorCode; readonly times?: number }): void {
    const error = new DomainError(fault.code, `Cannot answer: scripted ${fault.code}`);
    this.#addFault(route, { kind: "answer", error, times: fault.times ?? 1 });
  }

  /** The next answers of a route are lost after their requests were carried out. */
  loseNextAnswer(route: RouteName, times = 1): void {
    this.#addFault(route, { kind: "lose", times });
  }

  /** Takes the place of `fetch`. */
  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    // A request never arrives in the same turn in which it was sent.
    await Promise.resolve();
    init.signal?.throwIfAborted();
    this.#assertHere();
    const request = this.#match(url, init);
    this.calls.push({
      route: request.route,
      path: new URL(url).pathname,
      atMs: this.#clock.monotonicMs(),
    });
    const fault = this.#takeFault(request.route, "answer");
    if (fault?.error !== undefined) return problemResponse(fault.error);
    let response: Response;
    try {
      response = await this.#answer(request);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      response = problemResponse(error);
    }
    init.signal?.throwIfAborted();
    this.#assertHere();
    const isLost = this.#takeFault(request.route, "lose") !== undefined;
    if (isLost) throw new TypeError("connection reset: scripted");
    return response;
  };

  #addFault(route: RouteName, fault: PlannedFault): void {
    this.#faults.set(route, [...this.#faults.get(route) ?? [], fault]);
  }

  #takeFault(route: RouteName, kind: PlannedFault["kind"]): PlannedFault | undefined {
    const fault = this.#faults.get(route)?.find((one) => one.kind === kind && one.times > 0);
    if (fault !== undefined) fault.times--;
    return fault;
  }

  #assertHere(): void {
    if (this.#isAway) throw new TypeError("connection refused: scripted");
  }

  #match(url: string, init: RequestInit): Request {
    const { pathname } = new URL(url);
    for (const route of WORKER_ROUTES) {
      const pattern = ROUTES[route].path.replaceAll(/:([a-zA-Z]+)/g, "(?<$1>[^/]+)");
      const match = new RegExp(`^${pattern}$`).exec(pathname);
      if (match === null || ROUTES[route].method !== init.method) continue;
      const params: Record<string, string> = {};
      for (const [key, value] of Object.entries(match.groups ?? {})) {
        params[key] = decodeURIComponent(value);
      }
      return { route, params, init };
    }
    throw new TypeError(
      `Cannot answer ${init.method} ${pathname}: the fake master has no such route`,
    );
  }

  async #answer(request: Request): Promise<Response> {
    const id = request.params["id"] ?? "";
    switch (request.route) {
      case "info":
        return jsonResponse({ masterVersion: "0.0.0", protocol: PROTOCOL_VERSION });
      case "registerWorker":
        return this.#register(request);
      case "syncWorker":
        return jsonResponse(await this.#sync(request));
      case "getPlan":
        return new Response(this.#job(id).body, { headers: answerHeaders() });
      case "getFile":
        return this.#file(request);
      case "uploadStatus":
        return jsonResponse({ receivedBytes: this.#running(id).received.length });
      case "uploadPiece":
        return this.#piece(request);
      case "reportAttempt":
        return await this.#report(request);
      default:
        throw new TypeError(`Cannot answer ${request.route}: not scripted`);
    }
  }

  #register(request: Request): Response {
    const { sessionId } = checkWire(registerRequest, {
      value: jsonOf(request),
      what: "registration",
    });
    this.#sessions.set(request.params["name"] ?? "", sessionId);
    const nowMs = this.#clock.nowMs();
    const heartbeatMs = this.#heartbeatMs;
    return jsonResponse({ masterVersion: "0.0.0", leaseMs: 10_000, heartbeatMs, nowMs });
  }

  async #sync(request: Request): Promise<SyncReply> {
    const name = request.params["name"] ?? "";
    const sync = checkWire(syncRequest, { value: jsonOf(request), what: "sync" });
    this.syncs.push(sync);
    this.syncsAtOnceMax = Math.max(this.syncsAtOnceMax, ++this.#syncsNow);
    try {
      this.#waiting.get(name)?.end();
      const untilMs = this.#clock.monotonicMs() + sync.waitMs;
      for (;;) {
        this.#assertHere();
        if (this.#sessions.get(name) !== sync.sessionId) {
          throw new DomainError("worker_unknown", `Cannot sync: ${name} is not registered`);
        }
        const reply = this.#news(name, sync);
        const leftMs = untilMs - this.#clock.monotonicMs();
        const isNews = reply.assignments.length + reply.cancellations.length > 0;
        if (isNews || leftMs <= 0) return reply;
        if (!(await this.#wait(name, { leftMs, signal: request.init.signal }))) return reply;
      }
    } finally {
      this.#syncsNow--;
    }
  }

  /** Waits for a change. `false` if a newer sync took its place. */
  async #wait(
    name: string,
    options: { readonly leftMs: number; readonly signal?: AbortSignal | null | undefined },
  ): Promise<boolean> {
    const woken = new AbortController();
    const own = { isReplaced: false, end: (): void => woken.abort() };
    this.#waiting.set(name, {
      end: () => {
        own.isReplaced = true;
        woken.abort();
      },
    });
    this.#wakers.add(own.end);
    const signals = [woken.signal, ...(options.signal ? [options.signal] : [])];
    await this.#clock.sleep(options.leftMs, AbortSignal.any(signals));
    this.#wakers.delete(own.end);
    options.signal?.throwIfAborted();
    return !own.isReplaced;
  }

  readonly #wakers = new Set<() => void>();

  #wakeAll(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  #news(name: string, sync: SyncRequest): SyncReply {
    const listed = new Set(sync.attempts.map((attempt) => attempt.attemptId));
    const assignments: Assignment[] = [];
    let wanted = sync.wanted;
    for (const attempt of this.attempts.values()) {
      const isLost = attempt.state === "running" && attempt.worker === name &&
        !listed.has(attempt.assignment.attemptId);
      const isNew = attempt.state === "queued" && wanted > 0;
      if (!isLost && !isNew) continue;
      if (isNew) {
        wanted--;
        attempt.state = "running";
        attempt.worker = name;
      }
      assignments.push(attempt.assignment);
    }
    if (assignments.length > 0) this.handedOut.push(assignments.map((one) => one.attemptId));
    const cancellations = [...listed]
      .filter((id) => this.attempts.get(id)?.state !== "running")
      .map((attemptId) => ({
        attemptId,
        reason: `Attempt is ${this.attempts.get(attemptId)?.state ?? "unknown"}`,
      }));
    return { assignments, cancellations, nowMs: this.#clock.nowMs() };
  }

  #job(jobId: string): FakeJob {
    const job = this.#jobs.get(jobId);
    if (job === undefined) throw new DomainError("job_not_found", `Cannot find job ${jobId}`);
    return job;
  }

  #file(request: Request): Response {
    const fileId = request.params["fileId"] ?? "";
    const file = this.#job(request.params["id"] ?? "").files.get(fileId);
    if (file === undefined) throw new DomainError("file_not_found", `Cannot find file ${fileId}`);
    const range = new Headers(request.init.headers).get("range") ?? "";
    const [, from = "0", to = "0"] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    return new Response(file.bytes.slice(Number(from), Number(to) + 1), {
      status: 206,
      headers: {
        ...answerHeaders(),
        "content-range": `bytes ${from}-${to}/${file.bytes.length}`,
      },
    });
  }

  #running(attemptId: string): FakeAttempt {
    const attempt = this.attempts.get(attemptId);
    if (attempt === undefined) {
      throw new DomainError("attempt_not_found", `Cannot find attempt ${attemptId}`);
    }
    if (attempt.state !== "running") {
      throw new DomainError(
        "attempt_not_running",
        `Cannot change attempt ${attemptId}: it is ${attempt.state}`,
      );
    }
    return attempt;
  }

  #piece(request: Request): Response {
    const attempt = this.#running(request.params["id"] ?? "");
    const offset = Number(request.params["offset"]);
    if (offset !== attempt.received.length) {
      throw new DomainError(
        "upload_conflict",
        `Cannot take piece at ${offset}: ${attempt.received.length} bytes are here`,
      );
    }
    const piece = request.init.body;
    if (!(piece instanceof Uint8Array)) throw new TypeError("Cannot take piece: no bytes");
    const whole = new Uint8Array(attempt.received.length + piece.length);
    whole.set(attempt.received);
    whole.set(piece, attempt.received.length);
    attempt.received = whole;
    return jsonResponse({ receivedBytes: whole.length });
  }

  async #report(request: Request): Promise<Response> {
    const report = checkWire(attemptReport, { value: jsonOf(request), what: "report" });
    const id = request.params["id"] ?? "";
    const known = this.attempts.get(id);
    known?.reports.push(report);
    const repeated = known?.reports.slice(0, -1).some((one) =>
      JSON.stringify(one) === JSON.stringify(report)
    );
    if (known !== undefined && repeated && known.state !== "running") {
      return jsonResponse({ state: publicState(known.state), reason: "Reported before" });
    }
    const attempt = this.#running(id);
    if (report.outcome === "succeeded") {
      const isWhole = attempt.received.length === report.sizeBytes &&
        await sha256Of(attempt.received) === report.sha256;
      if (!isWhole) {
        attempt.state = "failed";
        throw new DomainError("result_rejected", `Cannot take result of ${id}: other bytes`);
      }
    }
    attempt.state = report.outcome;
    this.reported.push(id);
    return jsonResponse({ state: publicState(attempt.state), reason: "Reported" });
  }
}

function publicState(state: FakeAttemptState): string {
  return state === "returned" ? "lost" : state;
}

function jsonOf(request: Request): unknown {
  return JSON.parse(String(request.init.body));
}

function answerHeaders(): Record<string, string> {
  return { [PROTOCOL_HEADER]: PROTOCOL_VERSION, "content-type": "application/json" };
}

function jsonResponse(value: unknown): Response {
  return new Response(JSON.stringify(value), { headers: answerHeaders() });
}

function problemResponse(error: DomainError): Response {
  const problem = toProblem(error);
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { ...answerHeaders(), "content-type": PROBLEM_CONTENT_TYPE },
  });
}
