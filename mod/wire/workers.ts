import { z } from "zod";
import { SLOTS_MAX, SYNC_WAIT_MS_MAX } from "../core/mod.ts";
import {
  frameNumber,
  frameRange,
  idText,
  sentence,
  sha256Hex,
  timestampMs,
  workerName,
} from "./scalars.ts";

/** A renderer as a worker has it. */
export const rendererInfo = z.object({
  id: z.string().min(1).max(40),
  version: z.string().max(80),
});

/** What a worker can do. */
export const capabilities = z.object({
  renderers: z.array(rendererInfo).max(16),
  /** Video encoders of its renderer, by their FFmpeg names. */
  encoders: z.array(z.string().max(40)).max(400),
  /** Renderer services that it has, by name; empty if it did not look. */
  services: z.array(z.string().max(80)).max(4_000),
  cores: z.int().min(1).max(4096),
  memoryBytes: z.number().min(0),
  os: z.string().max(40),
  /** Frames per second on the built-in sample; 0 if not measured. */
  benchmarkFps: z.number().min(0),
  mediaAccess: z.array(z.enum(["nfs", "shared", "https"])).max(3),
});
/** See {@linkcode capabilities}. */
export type Capabilities = z.infer<typeof capabilities>;

/** `PUT /v1/workers/{name}`: a worker process introduces itself. */
export const registerRequest = z.object({
  sessionId: idText,
  programVersion: z.string().max(40),
  slots: z.int().min(1).max(SLOTS_MAX),
  capabilities,
});
/** See {@linkcode registerRequest}. */
export type RegisterRequest = z.infer<typeof registerRequest>;

/** Answer to {@linkcode registerRequest}. */
export const registerReply = z.object({
  masterVersion: z.string(),
  /** An attempt of a worker that is silent for longer is lost, milliseconds. */
  leaseMs: z.int().min(1),
  /** How often a worker with work should speak, milliseconds. */
  heartbeatMs: z.int().min(1),
  nowMs: timestampMs,
});
/** See {@linkcode registerReply}. */
export type RegisterReply = z.infer<typeof registerReply>;

/** What an attempt is doing on its worker. */
export const ATTEMPT_PHASES = [
  "waiting",
  "fetching",
  "rendering",
  "checking",
  "uploading",
] as const;
/** One of {@linkcode ATTEMPT_PHASES}. */
export type AttemptPhase = (typeof ATTEMPT_PHASES)[number];

/** Progress of one attempt that the worker holds. */
export const attemptProgress = z.object({
  attemptId: idText,
  phase: z.enum(ATTEMPT_PHASES),
  framesDone: frameNumber,
  /** Since the render itself started, milliseconds; 0 before. */
  renderMs: z.number().min(0),
});
/** See {@linkcode attemptProgress}. */
export type AttemptProgress = z.infer<typeof attemptProgress>;

/**
 * `POST /v1/workers/{name}/sync`: heartbeat, progress, request for work and for cancellations in
 * one. The master answers as soon as there is something to say, after `waitMs` at the latest.
 *
 * `attempts` lists every attempt that the worker holds, finished ones too until their report is
 * acknowledged; what the master believes running and is not listed is sent again, what is listed
 * and not running any more is cancelled. So a lost answer costs nothing.
 */
export const syncRequest = z.object({
  sessionId: idText,
  attempts: z.array(attemptProgress).max(4 * SLOTS_MAX),
  /** How many more parts the worker would take now: free slots and one ahead of need. */
  wanted: z.int().min(0).max(2 * SLOTS_MAX),
  /** Of these, how many slots stand idle this moment. */
  idleSlots: z.int().min(0).max(SLOTS_MAX),
  /** The worker finishes what it has and takes nothing new. */
  isDraining: z.boolean(),
  waitMs: z.int().min(0).max(SYNC_WAIT_MS_MAX),
});
/** See {@linkcode syncRequest}. */
export type SyncRequest = z.infer<typeof syncRequest>;

/** One part, handed to a worker. */
export const assignment = z.object({
  attemptId: idText,
  jobId: idText,
  partId: idText,
  kind: z.enum(["video", "audio"]),
  range: frameRange,
  preset: z.string().max(40),
  /** Checksum of the job's plan, which names the content of its media too. */
  planSha256: sha256Hex,
  /** Frames per second that the master expects here; 0 if it knows nothing. */
  expectedFps: z.number().min(0),
});
/** See {@linkcode assignment}. */
export type Assignment = z.infer<typeof assignment>;

/** Answer to {@linkcode syncRequest}. */
export const syncReply = z.object({
  assignments: z.array(assignment),
  /** Attempts to stop at once, with the reason. */
  cancellations: z.array(z.object({ attemptId: idText, reason: sentence })),
  nowMs: timestampMs,
});
/** See {@linkcode syncReply}. */
export type SyncReply = z.infer<typeof syncReply>;

/** A worker as `GET /v1/workers` shows it. */
export const workerView = z.object({
  name: workerName,
  state: z.enum(["online", "draining", "offline"]),
  slots: z.int(),
  address: z.string(),
  programVersion: z.string(),
  lastSeenAtMs: timestampMs,
  cores: z.int(),
  renderers: z.array(rendererInfo),
  benchmarkFps: z.number(),
  attempts: z.array(z.object({
    attemptId: idText,
    jobId: idText,
    partId: idText,
    kind: z.enum(["video", "audio"]),
    range: frameRange,
    phase: z.enum(ATTEMPT_PHASES),
    framesDone: frameNumber,
    fps: z.number(),
    startedAtMs: timestampMs,
  })),
});
/** See {@linkcode workerView}. */
export type WorkerView = z.infer<typeof workerView>;

/** `GET /v1/workers`. */
export const workerList = z.object({ workers: z.array(workerView) });
/** See {@linkcode workerList}. */
export type WorkerList = z.infer<typeof workerList>;
