import { z } from "zod";
import {
  attemptState,
  frameNumber,
  frameRange,
  idText,
  jobState,
  partState,
  pathText,
  sentence,
  sha256Hex,
  timestampMs,
} from "./scalars.ts";

/** Lowest, default and highest priority of a job: higher goes first. */
export const PRIORITY_MIN = 0;
/** Priority of a job that names none. */
export const PRIORITY_DEFAULT = 50;
/** See {@linkcode PRIORITY_MIN}. */
export const PRIORITY_MAX = 100;

/** Shortest length that may be asked of a part, seconds of work. */
export const PART_SECONDS_MIN = 0.1;
/** Longest length that may be asked of a part, seconds of work. */
export const PART_SECONDS_MAX = 3_600;

/** Most projects of one folder. */
export const PROJECTS_TO_COME_MAX = 1_000;

const priority = z.int().min(PRIORITY_MIN).max(PRIORITY_MAX);

/** `POST /v1/jobs`: export one project. Paths are absolute, on the master's host. */
export const submitRequest = z.object({
  projectPath: pathText,
  /** Finished film; absent: beside the project, named after it. */
  outputPath: pathText.optional(),
  preset: z.string().max(40).default("h264"),
  /** Name of the sequence to export; absent: the one that is open in the editor. */
  sequence: z.string().max(1_000).optional(),
  priority: priority.default(PRIORITY_DEFAULT),
  /** `split`: one project over many workers; `full`: rather one project per worker. */
  workflow: z.enum(["split", "full"]).default("split"),
  /** How many more projects of the same folder follow this one: while there are, none need be divided. */
  projectsToCome: z.int().min(0).max(PROJECTS_TO_COME_MAX).default(0),
  /** Leave out what cannot be rendered, with a warning, instead of refusing the project. */
  skipUnsupported: z.boolean().default(false),
  /** Replace a film that is already there. */
  overwrite: z.boolean().default(false),
  /** The same key from the same person names the same job. */
  idempotencyKey: z.string().min(1).max(200).optional(),
  /** Shortest and longest part, seconds of work; the shortest gives way to the longest. */
  minPartSeconds: z.number().min(PART_SECONDS_MIN).max(PART_SECONDS_MAX).optional(),
  maxPartSeconds: z.number().min(PART_SECONDS_MIN).max(PART_SECONDS_MAX).optional(),
});
/** See {@linkcode submitRequest}. */
export type SubmitRequest = z.infer<typeof submitRequest>;
/** See {@linkcode submitRequest}, before defaults are filled in. */
export type SubmitRequestInput = z.input<typeof submitRequest>;

/** One thing that the film will not show as the editor would. */
export const warningView = z.object({
  line: z.int().optional(),
  subject: z.string(),
  message: sentence,
});

/** A job, as lists show it. */
export const jobView = z.object({
  id: idText,
  name: z.string(),
  state: jobState,
  /** Why it is in this state, or why it waits: one sentence. */
  reason: sentence,
  priority,
  preset: z.string(),
  projectPath: pathText,
  outputPath: pathText,
  width: z.int(),
  height: z.int(),
  fps: z.object({ num: z.int(), den: z.int() }),
  lengthFrames: frameNumber,
  /** Frames of completed parts and, for parts in work, what their workers reported. */
  framesDone: frameNumber,
  /** Frames per second that the farm makes of this job now; 0 if none. */
  currentFps: z.number(),
  /** Estimated end, or absent if nobody can say. */
  etaMs: timestampMs.optional(),
  partsCompleted: z.int(),
  partsOngoing: z.int(),
  partsFailed: z.int(),
  /** Names of the workers that have a part of it now. */
  workers: z.array(z.string()),
  warnings: z.array(warningView),
  submittedBy: z.string(),
  createdAtMs: timestampMs,
  startedAtMs: timestampMs.optional(),
  finishedAtMs: timestampMs.optional(),
});
/** See {@linkcode jobView}. */
export type JobView = z.infer<typeof jobView>;

/** A part with its attempts. */
export const partView = z.object({
  id: idText,
  kind: z.enum(["video", "audio"]),
  range: frameRange,
  state: partState,
  attempts: z.array(z.object({
    id: idText,
    worker: z.string(),
    state: attemptState,
    framesDone: frameNumber,
    reason: sentence,
    startedAtMs: timestampMs,
    finishedAtMs: timestampMs.optional(),
  })),
});
/** See {@linkcode partView}. */
export type PartView = z.infer<typeof partView>;

/** `GET /v1/jobs/{id}`. */
export const jobDetail = z.object({ job: jobView, parts: z.array(partView) });
/** See {@linkcode jobDetail}. */
export type JobDetail = z.infer<typeof jobDetail>;

/** `GET /v1/jobs/{id}/logs`: attempts that failed or whose renderer had something to say, oldest first. */
export const jobLogs = z.object({
  logs: z.array(z.object({
    attemptId: idText,
    partId: idText,
    kind: z.enum(["video", "audio"]),
    range: frameRange,
    worker: z.string(),
    state: attemptState,
    reason: sentence,
    startedAtMs: timestampMs,
    finishedAtMs: timestampMs.optional(),
    /** The last lines of its renderer; empty if it said nothing. */
    logTail: z.string(),
  })),
});
/** See {@linkcode jobLogs}. */
export type JobLogs = z.infer<typeof jobLogs>;

/** `GET /v1/jobs`: newest first. */
export const jobList = z.object({ jobs: z.array(jobView) });
/** See {@linkcode jobList}. */
export type JobList = z.infer<typeof jobList>;

/** Answer to {@linkcode submitRequest}. */
export const submitReply = z.object({
  job: jobView,
  /** `false` if the idempotency key named a job that was already there. */
  isNew: z.boolean(),
});
/** See {@linkcode submitReply}. */
export type SubmitReply = z.infer<typeof submitReply>;

/** `PATCH /v1/jobs/{id}`: any of them. */
export const jobPatch = z.object({
  priority: priority.optional(),
  action: z.enum(["pause", "resume", "retry"]).optional(),
});
/** See {@linkcode jobPatch}. */
export type JobPatch = z.infer<typeof jobPatch>;

/** One file of a job's media, as its plan names it. */
export const jobFile = z.object({
  fileId: z.string().regex(/^[a-z0-9-]{1,64}$/),
  mediaId: z.string().regex(/^[a-z0-9-]{1,64}$/),
  /** Position within an image sequence, from 0. */
  index: z.int().min(0),
  sizeBytes: z.number().int().min(0),
  sha256: sha256Hex,
  /** Extension with its dot, lower case, or empty: some readers go by it. */
  extension: z.string().regex(/^(\.[a-z0-9]{1,10})?$/),
});
/** See {@linkcode jobFile}. */
export type JobFile = z.infer<typeof jobFile>;

/** `GET /v1/jobs/{id}/plan`: the render plan and the files that it reads. */
export const planReply = z.object({
  plan: z.record(z.string(), z.unknown()),
  files: z.array(jobFile),
});
/** See {@linkcode planReply}. */
export type PlanReply = z.infer<typeof planReply>;

/** One change of state, as `GET /v1/jobs/{id}/events` streams it. */
export const eventView = z.object({
  id: z.int(),
  atMs: timestampMs,
  entity: z.enum(["job", "part", "attempt", "worker"]),
  entityId: z.string(),
  from: z.string(),
  to: z.string(),
  reason: sentence,
});
/** See {@linkcode eventView}. */
export type EventView = z.infer<typeof eventView>;

/** `GET /v1/status`: the farm in one look. */
export const farmStatus = z.object({
  masterVersion: z.string(),
  startedAtMs: timestampMs,
  nowMs: timestampMs,
  workersOnline: z.int(),
  jobs: z.array(jobView),
});
/** See {@linkcode farmStatus}. */
export type FarmStatus = z.infer<typeof farmStatus>;
