import type { Identity } from "../../core/mod.ts";
import type {
  AttemptReport,
  AttemptReportReply,
  CertificateReply,
  EventView,
  FarmStatus,
  JobDetail,
  JobList,
  JobLogs,
  JobPatch,
  JobView,
  RegisterReply,
  RegisterRequest,
  RenewRequest,
  SubmitReply,
  SubmitRequest,
  SyncReply,
  SyncRequest,
  UploadStatus,
  WorkerList,
} from "../../wire/mod.ts";

/** A file that a worker may read, open for one answer. */
export interface ServedFile {
  /** On the master's host. */
  readonly path: string;
  /** Of the whole file. */
  readonly sizeBytes: number;
  /** Changes when the content does. */
  readonly sha256: string;
}

/** What the routes call. Each call checks what is the caller's to touch; the role was checked before. */
export interface MasterServices {
  /** The farm in one look. */
  status(): Promise<FarmStatus>;
  /** Takes a project as a job, or names the job that it is already. */
  submit(request: SubmitRequest, who: Identity): Promise<SubmitReply>;
  /** Jobs, newest first. */
  listJobs(limit: number): Promise<JobList>;
  /** A job with its parts and attempts. */
  getJob(jobId: string): Promise<JobDetail>;
  /** Last words of the renderers of a job's attempts. */
  getJobLogs(jobId: string): Promise<JobLogs>;
  /** Pauses, resumes, retries or reprioritises a job. */
  patchJob(jobId: string, patch: JobPatch, who: Identity): Promise<JobView>;
  /** Ends a job at once. */
  cancelJob(jobId: string, who: Identity): Promise<JobView>;
  /** Events of a job after an id, then live ones until the job has come to its end or the signal. */
  jobEvents(jobId: string, afterId: number, signal: AbortSignal): AsyncIterable<EventView>;
  /** Workers that the master knows. */
  listWorkers(): Promise<WorkerList>;
  /** Takes up a worker process. */
  register(workerName: string, request: RegisterRequest, address: string): Promise<RegisterReply>;
  /** Heartbeat, progress, work and cancellations; may wait. */
  sync(workerName: string, request: SyncRequest, signal: AbortSignal): Promise<SyncReply>;
  /** The bytes that an assignment's `planSha256` is the checksum of: JSON of the wire's `planReply`. */
  getPlan(jobId: string, who: Identity): Promise<string>;
  /** A media file that the caller has a part for. */
  getFile(jobId: string, fileId: string, who: Identity): Promise<ServedFile>;
  /** What has arrived of an attempt's result. */
  uploadStatus(attemptId: string, who: Identity): Promise<UploadStatus>;
  /** Appends a piece to it. */
  uploadPiece(
    attemptId: string,
    piece: { offset: number; bytes: Uint8Array },
    who: Identity,
  ): Promise<UploadStatus>;
  /** How an attempt ended. */
  report(attemptId: string, report: AttemptReport, who: Identity): Promise<AttemptReportReply>;
  /** Successor of the caller's certificate. */
  renewCertificate(request: RenewRequest, who: Identity): Promise<CertificateReply>;
}
