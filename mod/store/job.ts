import type { JobState, PlanWarning, Rational } from "../core/mod.ts";

/** Ways to divide work: one project over many workers, or one project per worker. */
export const WORKFLOWS = ["split", "full"] as const;
/** One of {@linkcode WORKFLOWS}. */
export type Workflow = (typeof WORKFLOWS)[number];

/** What a worker must have to be offered a job. */
export interface JobRequirements {
  /** Id of the renderer. */
  readonly renderer: string;
  /** Video encoders, by their FFmpeg names; any worker will do if empty. */
  readonly encoders: readonly string[];
  /** Services of the renderer; any worker will do if empty. */
  readonly services: readonly string[];
}

/** One export of one project to one film, as the database has it. */
export interface Job {
  /** Short enough to type. */
  readonly id: string;
  /** For people: the project's file name without its extension. */
  readonly name: string;
  /** See the table of states. */
  readonly state: JobState;
  /** Why it is in this state. */
  readonly reason: string;
  /** How its work is divided. */
  readonly workflow: Workflow;
  /** 0 to 100; higher goes first. */
  readonly priority: number;
  /** Set of encoder settings. */
  readonly preset: string;
  /** Canonical path on the master's host. */
  readonly projectPath: string;
  /** Path of the finished film on the master's host. */
  readonly outputPath: string;
  /** Name of the exported sequence; absent: the one that is open in the editor. */
  readonly sequence: string | undefined;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Exact frame rate of the film. */
  readonly fps: Rational;
  /** Frames of the film, 1 or more. */
  readonly lengthFrames: number;
  /** Checksum of the stored plan. */
  readonly planSha256: string;
  /** What measured speeds are remembered under. */
  readonly projectKey: string;
  /** What a worker must have. */
  readonly requirements: JobRequirements;
  /** What the film will not show as the editor would. */
  readonly warnings: readonly PlanWarning[];
  /** Shortest part that is worth its fixed cost, milliseconds of work. */
  readonly minPartMs: number;
  /** Longest part, milliseconds of work; at least `minPartMs`. */
  readonly maxPartMs: number;
  /** What cannot be rendered is left out. */
  readonly skipUnsupported: boolean;
  /** A film that is already there is replaced. */
  readonly overwrite: boolean;
  /** The same key of the same person names the same job. */
  readonly idempotencyKey: string | undefined;
  /** Name in the certificate that submitted it. */
  readonly submittedBy: string;
  /** When it was submitted. */
  readonly createdAtMs: number;
  /** When its first part was handed out. */
  readonly startedAtMs: number | undefined;
  /** When it came to its end; absent while it has not. */
  readonly finishedAtMs: number | undefined;
}

/** Columns of {@linkcode JobRow}. */
export const JOB_COLUMNS = `
  id, name, state, reason, workflow, priority, preset, project_path AS "projectPath",
  output_path AS "outputPath", sequence, width, height, fps_num AS "fpsNum", fps_den AS "fpsDen",
  length_frames AS "lengthFrames", plan_sha256 AS "planSha256", project_key AS "projectKey",
  requirements_json AS "requirementsJson", warnings_json AS "warningsJson",
  min_part_ms AS "minPartMs", max_part_ms AS "maxPartMs", skip_unsupported AS "skipUnsupported",
  overwrite, idempotency_key AS "idempotencyKey", submitted_by AS "submittedBy",
  created_at_ms AS "createdAtMs", started_at_ms AS "startedAtMs", finished_at_ms AS "finishedAtMs"`;

/** A job as a statement returns it. */
export interface JobRow {
  readonly id: string;
  readonly name: string;
  readonly state: JobState;
  readonly reason: string;
  readonly workflow: Workflow;
  readonly priority: number;
  readonly preset: string;
  readonly projectPath: string;
  readonly outputPath: string;
  readonly sequence: string | null;
  readonly width: number;
  readonly height: number;
  readonly fpsNum: number;
  readonly fpsDen: number;
  readonly lengthFrames: number;
  readonly planSha256: string;
  readonly projectKey: string;
  readonly requirementsJson: string;
  readonly warningsJson: string;
  readonly minPartMs: number;
  readonly maxPartMs: number;
  readonly skipUnsupported: number;
  readonly overwrite: number;
  readonly idempotencyKey: string | null;
  readonly submittedBy: string;
  readonly createdAtMs: number;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
}

/** Turns a row into a job. */
export function toJob(row: JobRow): Job {
  const { fpsNum, fpsDen, requirementsJson, warningsJson, ...rest } = row;
  return {
    ...rest,
    fps: { num: fpsNum, den: fpsDen },
    requirements: JSON.parse(requirementsJson) as JobRequirements,
    warnings: JSON.parse(warningsJson) as readonly PlanWarning[],
    sequence: row.sequence ?? undefined,
    skipUnsupported: row.skipUnsupported === 1,
    overwrite: row.overwrite === 1,
    idempotencyKey: row.idempotencyKey ?? undefined,
    startedAtMs: row.startedAtMs ?? undefined,
    finishedAtMs: row.finishedAtMs ?? undefined,
  };
}
