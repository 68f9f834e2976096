import { z } from "zod";
import {
  ATTEMPT_STATES,
  isHostName,
  isWorkerName,
  JOB_STATES,
  PART_STATES,
  ROLES,
  TIMELINE_FRAMES_MAX,
} from "../core/mod.ts";

/** Milliseconds since 1970 UTC. */
export const timestampMs: z.ZodInt = z.int().min(0);
/** Frame number, or a number of frames. */
export const frameNumber: z.ZodInt = z.int().min(0).max(TIMELINE_FRAMES_MAX);
/** Frames `[startFrame, endFrame)`. */
export const frameRange: z.ZodObject<
  { startFrame: z.ZodInt; endFrame: z.ZodInt }
> = z.object({ startFrame: frameNumber, endFrame: frameNumber });
/** SHA-256, 64 lower-case hexadecimal digits. */
export const sha256Hex: z.ZodString = z.string().regex(/^[0-9a-f]{64}$/);
/** Id of a job, part, attempt or session. */
export const idText: z.ZodString = z.string().regex(/^[a-z0-9-]{2,64}$/);
/** Name of a worker: `host` or `host:label`. */
export const workerName: z.ZodString = z.string().refine(isWorkerName, {
  error: "must be a host name, or host:label",
});
/** Name of a certificate's owner. */
export const hostName: z.ZodString = z.string().refine(isHostName, {
  error: "must be lower-case letters, digits, '.', '_' or '-'",
});
/** One of the roles. */
export const role: z.ZodEnum<{ [R in (typeof ROLES)[number]]: R }> = z.enum(ROLES);
/** One of the states of a job. */
export const jobState: z.ZodEnum<{ [S in (typeof JOB_STATES)[number]]: S }> = z.enum(JOB_STATES);
/** One of the states of a part. */
export const partState: z.ZodEnum<{ [S in (typeof PART_STATES)[number]]: S }> = z.enum(PART_STATES);
/** One of the states of an attempt. */
export const attemptState: z.ZodEnum<{ [S in (typeof ATTEMPT_STATES)[number]]: S }> = z.enum(
  ATTEMPT_STATES,
);
/** Absolute path on the master's host. */
export const pathText: z.ZodString = z.string().min(1).max(4096).refine(
  (path) => !path.includes("\0"),
  { error: "must not contain a zero byte" },
);
/** Words for a person. */
export const sentence: z.ZodString = z.string().max(20_000);
