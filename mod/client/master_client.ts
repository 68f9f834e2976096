import { DomainError, type RandomBytes, UPLOAD_PIECE_BYTES_MAX } from "../core/mod.ts";
import {
  type AttemptReport,
  type AttemptReportReply,
  attemptReportReply,
  type CertificateReply,
  certificateReply,
  type EventView,
  type FarmStatus,
  farmStatus,
  type InfoReply,
  infoReply,
  type JobDetail,
  jobDetail,
  type JobList,
  jobList,
  type JobLogs,
  jobLogs,
  type JobPatch,
  type JobView,
  jobView,
  type PlanReply,
  planReply,
  type RegisterReply,
  registerReply,
  type RegisterRequest,
  type RenewRequest,
  type SubmitReply,
  submitReply,
  type SubmitRequestInput,
  type SyncReply,
  syncReply,
  type SyncRequest,
  type UploadStatus,
  uploadStatus,
  type WorkerList,
  workerList,
} from "../wire/mod.ts";
import { Caller, type CallerOptions, type CallOptions, parseReply } from "./call.ts";
import { type FileRangeRequest, openFileRange } from "./file_range.ts";
import { followJobEvents, type JobEventsOptions } from "./job_events.ts";
import {
  REPORT_TIMEOUT_MS,
  SUBMIT_TIMEOUT_MS,
  SYNC_GRACE_MS,
  UPLOAD_PIECE_TIMEOUT_MS,
} from "./limits.ts";

/** What {@linkcode createMasterClient} needs. */
export interface MasterClientOptions extends CallerOptions {
  /** Jitter of reconnects. */
  readonly random: RandomBytes;
}

/** A job's plan as it came. */
export interface FetchedPlan {
  /** The answer, read. */
  readonly reply: PlanReply;
  /** The answer's own bytes: what `planSha256` of an assignment is the checksum of. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One piece of an upload. */
export interface UploadPiece {
  /** Where it belongs, bytes from the start of the result. */
  readonly offset: number;
  /** At most UPLOAD_PIECE_BYTES_MAX. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The master, as typed calls. Each sends the protocol's version, checks the answer against its
 * schema and turns whatever goes wrong into a DomainError:
 * the answer's own code, or `master_unreachable`, `timeout`, `cancelled`, `version_mismatch`,
 * `internal`. None tries twice by itself; `withRetry` does.
 */
export interface MasterClient {
  /** Version of the master. */
  info(options?: CallOptions): Promise<InfoReply>;
  /** The farm in one look. */
  status(options?: CallOptions): Promise<FarmStatus>;
  /** Submits a project. The master reads all of its media before it answers. */
  submit(request: SubmitRequestInput, options?: CallOptions): Promise<SubmitReply>;
  /** Jobs, newest first; `limit` 1 to LIST_LIMIT_MAX, the master's own default if absent. */
  listJobs(options?: CallOptions & { readonly limit?: number }): Promise<JobList>;
  /** A job with its parts. */
  getJob(jobId: string, options?: CallOptions): Promise<JobDetail>;
  /** Last words of the renderers of a job's attempts. */
  getJobLogs(jobId: string, options?: CallOptions): Promise<JobLogs>;
  /** Pauses, resumes, retries or reprioritises a job. */
  patchJob(jobId: string, patch: JobPatch, options?: CallOptions): Promise<JobView>;
  /** Cancels a job. */
  cancelJob(jobId: string, options?: CallOptions): Promise<JobView>;
  /** Changes of a job until its end; reconnects by itself. See {@linkcode followJobEvents}. */
  events(jobId: string, options?: JobEventsOptions): AsyncGenerator<EventView>;
  /** Workers that the master knows. */
  listWorkers(options?: CallOptions): Promise<WorkerList>;
  /** Introduces a worker process. */
  registerWorker(
    name: string,
    request: RegisterRequest,
    options?: CallOptions,
  ): Promise<RegisterReply>;
  /** Heartbeat, progress, work and cancellations; answers within `request.waitMs` and a little. */
  syncWorker(name: string, request: SyncRequest, options?: CallOptions): Promise<SyncReply>;
  /** Plan and media list of a job. */
  getPlan(jobId: string, options?: CallOptions): Promise<FetchedPlan>;
  /** Bytes of a media file. See {@linkcode openFileRange}. */
  openFileRange(request: FileRangeRequest): Promise<ReadableStream<Uint8Array>>;
  /** How much of an attempt's result the master has. */
  uploadStatus(attemptId: string, options?: CallOptions): Promise<UploadStatus>;
  /**
   * Sends one piece of a result.
   *
   * @throws {RangeError} If the piece is larger than UPLOAD_PIECE_BYTES_MAX.
   */
  uploadPiece(
    attemptId: string,
    piece: UploadPiece,
    options?: CallOptions,
  ): Promise<UploadStatus>;
  /** Tells how an attempt ended. */
  reportAttempt(
    attemptId: string,
    report: AttemptReport,
    options?: CallOptions,
  ): Promise<AttemptReportReply>;
  /** Asks for the successor of the caller's own certificate. */
  renewCertificate(request: RenewRequest, options?: CallOptions): Promise<CertificateReply>;
}

/**
 * Makes the client of a master.
 *
 * @param options Where it listens, how requests are sent, time and randomness. Nothing is sent yet.
 * @returns The client; it holds no connection of its own and needs no closing.
 */
export function createMasterClient(options: MasterClientOptions): MasterClient {
  const caller = new Caller(options);
  return { ...peopleCalls(caller, options.random), ...workerCalls(caller) };
}

type PeopleCall =
  | "info"
  | "status"
  | "submit"
  | "listJobs"
  | "getJob"
  | "getJobLogs"
  | "patchJob"
  | "cancelJob"
  | "events"
  | "listWorkers"
  | "renewCertificate";

function peopleCalls(caller: Caller, random: RandomBytes): Pick<MasterClient, PeopleCall> {
  return {
    info: (options) => caller.json("info", infoReply, { ...options }),
    status: (options) => caller.json("status", farmStatus, { ...options }),
    submit: (json, options) =>
      caller.json("submit", submitReply, { timeoutMs: SUBMIT_TIMEOUT_MS, ...options, json }),
    listJobs: (options = {}) => {
      const { limit, ...rest } = options;
      const query: Record<string, string> = limit === undefined ? {} : { limit: String(limit) };
      return caller.json("listJobs", jobList, { ...rest, query });
    },
    getJob: (id, options) => caller.json("getJob", jobDetail, { ...options, params: { id } }),
    getJobLogs: (id, options) => caller.json("jobLogs", jobLogs, { ...options, params: { id } }),
    patchJob: (id, json, options) =>
      caller.json("patchJob", jobView, { ...options, params: { id }, json }),
    cancelJob: (id, options) => caller.json("cancelJob", jobView, { ...options, params: { id } }),
    events: (jobId, options = {}) => followJobEvents({ caller, random, jobId }, options),
    listWorkers: (options) => caller.json("listWorkers", workerList, { ...options }),
    renewCertificate: (json, options) =>
      caller.json("renewCertificate", certificateReply, { ...options, json }),
  };
}

function workerCalls(caller: Caller): Omit<MasterClient, PeopleCall> {
  return {
    registerWorker: (name, json, options) =>
      caller.json("registerWorker", registerReply, { ...options, params: { name }, json }),
    syncWorker: (name, json, options) =>
      caller.json("syncWorker", syncReply, {
        timeoutMs: json.waitMs + SYNC_GRACE_MS,
        ...options,
        params: { name },
        json,
      }),
    getPlan: async (id, options) => {
      const bytes = await caller.bytes("getPlan", { ...options, params: { id } });
      return {
        bytes,
        reply: parseReply(bytes, { schema: planReply, what: "GET /v1/jobs/:id/plan" }),
      };
    },
    openFileRange: (request) => openFileRange(caller, request),
    uploadStatus: (id, options) =>
      caller.json("uploadStatus", uploadStatus, { ...options, params: { id } }),
    uploadPiece: (id, piece, options) => sendPiece(caller, { id, piece, options }),
    reportAttempt: (id, json, options) =>
      caller.json("reportAttempt", attemptReportReply, {
        timeoutMs: REPORT_TIMEOUT_MS,
        ...options,
        params: { id },
        json,
      }),
  };
}

/** Adds what the answer alone cannot tell: a master that acknowledges less than nothing new. */
async function sendPiece(
  caller: Caller,
  request: {
    readonly id: string;
    readonly piece: UploadPiece;
    readonly options: CallOptions | undefined;
  },
): Promise<UploadStatus> {
  const { id, piece: { offset, bytes } } = request;
  if (bytes.length > UPLOAD_PIECE_BYTES_MAX) {
    throw new RangeError(
      `Cannot upload piece: current value is ${bytes.length} bytes, must be at most ${UPLOAD_PIECE_BYTES_MAX}`,
    );
  }
  const status = await caller.json("uploadPiece", uploadStatus, {
    timeoutMs: UPLOAD_PIECE_TIMEOUT_MS,
    ...request.options,
    params: { id, offset: String(offset) },
    bytes,
  });
  if (status.receivedBytes <= offset && bytes.length > 0) {
    throw new DomainError(
      "upload_conflict",
      `Cannot upload piece at ${offset}: the master has ${status.receivedBytes} bytes after it`,
    );
  }
  return status;
}
