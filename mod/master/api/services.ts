import type { Identity } from "../../core/mod.ts";
import type {
  AttemptReport,
  AttemptReportReply,
  CertificateReply,
  EventView,
  FarmStatus,
  JobDetail,
  JobList,
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
  readonly path: string;
  readonly sizeBytes: number;
  /** Changes when the content does. */
  readonly sha256: string;
}

/** What the routes call. Each call checks what is the caller's to touch; the role was checked before. */
export interface MasterServices {
  status(): Promise<FarmStatus>;
  submit(request: SubmitRequest, who: Identity): Promise<SubmitReply>;
  listJobs(limit: number): Promise<JobList>;
  getJob(jobId: string): Promise<JobDetail>;
  patchJob(jobId: string, patch: JobPatch, who: Identity): Promise<JobView>;
  cancelJob(jobId: string, who: Identity): Promise<JobView>;
  /** Events of a job after an id, then live ones until the job has come to its end or the signal. */
  jobEvents(jobId: string, afterId: number, signal: AbortSignal): AsyncIterable<EventView>;
  listWorkers(): Promise<WorkerList>;
  register(workerName: string, request: RegisterRequest, address: string): Promise<RegisterReply>;
  sync(workerName: string, request: SyncRequest, signal: AbortSignal): Promise<SyncReply>;
  /** The bytes that an assignment's `planSha256` is the checksum of: JSON of the wire's `planReply`. */
  getPlan(jobId: string, who: Identity): Promise<string>;
  getFile(jobId: string, fileId: string, who: Identity): Promise<ServedFile>;
  uploadStatus(attemptId: string, who: Identity): Promise<UploadStatus>;
  uploadPiece(
    attemptId: string,
    piece: { offset: number; bytes: Uint8Array },
    who: Identity,
  ): Promise<UploadStatus>;
  report(attemptId: string, report: AttemptReport, who: Identity): Promise<AttemptReportReply>;
  renewCertificate(request: RenewRequest, who: Identity): Promise<CertificateReply>;
}
