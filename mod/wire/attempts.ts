import { z } from "zod";
import { ERROR_CODES, LOG_TAIL_CHARS_MAX, PART_RESULT_BYTES_MAX } from "../core/mod.ts";
import { frameNumber, sentence, sha256Hex } from "./scalars.ts";

/** Size of a result or of what has arrived of it, bytes. */
const resultBytes = z.number().int().min(0).max(PART_RESULT_BYTES_MAX);

/** `GET /v1/attempts/{id}/upload` and answer to each piece: what the master has, safe on disk. */
export const uploadStatus = z.object({ receivedBytes: resultBytes });
/** See {@linkcode uploadStatus}. */
export type UploadStatus = z.infer<typeof uploadStatus>;

/** The worker's report of a finished attempt whose file it has uploaded. */
export const succeededReport = z.object({
  outcome: z.literal("succeeded"),
  sizeBytes: resultBytes,
  sha256: sha256Hex,
  framesDone: frameNumber,
  /** Wall time of the render itself, milliseconds, without fetching and upload. */
  renderMs: z.number().min(0),
  /** Renderer and version that made it. */
  renderer: z.string().max(120),
  logTail: z.string().max(2 * LOG_TAIL_CHARS_MAX),
});
/** The worker's report of an attempt that failed. */
export const failedReport = z.object({
  outcome: z.literal("failed"),
  code: z.enum(ERROR_CODES),
  message: sentence,
  logTail: z.string().max(2 * LOG_TAIL_CHARS_MAX),
  framesDone: frameNumber,
});
/** The worker gives an attempt back without having failed at it: it drains or stops. */
export const returnedReport = z.object({ outcome: z.literal("returned"), message: sentence });

/** `POST /v1/attempts/{id}/result`. Repeating a report changes nothing and gets the same answer. */
export const attemptReport = z.discriminatedUnion("outcome", [
  succeededReport,
  failedReport,
  returnedReport,
]);
/** See {@linkcode attemptReport}. */
export type AttemptReport = z.infer<typeof attemptReport>;
/** See {@linkcode succeededReport}. */
export type SucceededReport = z.infer<typeof succeededReport>;
/** See {@linkcode failedReport}. */
export type FailedReport = z.infer<typeof failedReport>;

/** Answer to {@linkcode attemptReport}: what became of the attempt, and why. */
export const attemptReportReply = z.object({
  state: z.enum(["succeeded", "failed", "lost", "superseded", "cancelled"]),
  reason: sentence,
});
/** See {@linkcode attemptReportReply}. */
export type AttemptReportReply = z.infer<typeof attemptReportReply>;
