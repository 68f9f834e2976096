import { ATTEMPTS_PER_PART_MAX, createSystemClock } from "../../mod/core/mod.ts";
import { openDatabase } from "../../mod/db/mod.ts";

/** A job's record as the database has it, read without the program's own queries. */
export interface JobRecord {
  readonly state: string;
  readonly reason: string;
  readonly lengthFrames: number;
  readonly parts: readonly PartRow[];
  readonly attempts: readonly AttemptRow[];
  /** Of parts and attempts of the job, in their order. */
  readonly events: readonly EventRow[];
  /** What a check of the database found. */
  readonly problems: readonly string[];
}

/** A part. */
export interface PartRow {
  readonly id: string;
  readonly kind: string;
  readonly startFrame: number;
  readonly endFrame: number;
  readonly state: string;
  readonly resultAttemptId: string | null;
}

/** An attempt. */
export interface AttemptRow {
  readonly id: string;
  readonly partId: string;
  readonly worker: string;
  readonly state: string;
  readonly reason: string;
  readonly code: string | null;
}

/** A change of state. */
export interface EventRow {
  readonly id: number;
  readonly entity: string;
  readonly entityId: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/** Reads a job's record from a database that nobody else has open. */
export async function readRecord(location: string, jobId: string): Promise<JobRecord> {
  const database = await openDatabase({ location, clock: createSystemClock() });
  try {
    const { isSound, problems } = await database.check();
    const record = await database.read(async (tx) => {
      const [job] = await tx.all<Pick<JobRecord, "state" | "reason" | "lengthFrames">>(
        `SELECT state, reason, length_frames AS "lengthFrames" FROM job WHERE id = :jobId`,
        { jobId },
      );
      if (job === undefined) throw new Error(`The database has no job ${jobId}`);
      const parts = await tx.all<PartRow>(
        `SELECT id, kind, start_frame AS "startFrame", end_frame AS "endFrame", state,
          result_attempt_id AS "resultAttemptId"
        FROM part WHERE job_id = :jobId ORDER BY kind, start_frame`,
        { jobId },
      );
      const attempts = await tx.all<AttemptRow>(
        `SELECT id, part_id AS "partId", worker, state, reason, code
        FROM attempt WHERE job_id = :jobId ORDER BY started_at_ms`,
        { jobId },
      );
      const events = await tx.all<EventRow>(
        `SELECT id, entity, entity_id AS "entityId", from_state AS "from", to_state AS "to", reason
        FROM event WHERE job_id = :jobId ORDER BY id`,
        { jobId },
      );
      return { ...job, parts, attempts, events };
    });
    return { ...record, problems: isSound ? [] : problems };
  } finally {
    await database.close();
  }
}

/** What is allowed in a round. */
export interface RecordRules {
  /** Whether attempts may be counted as failed. */
  readonly mayFail: boolean;
}

/** What is wrong with the record of a completed job, one sentence each; empty if nothing is. */
export function checkRecord(record: JobRecord, rules: RecordRules): string[] {
  return [
    ...record.problems.map((problem) => `database: ${problem}`),
    ...checkPartition(record),
    ...checkAttempts(record, rules),
    ...checkHistory(record),
  ];
}

/** Every frame is in exactly one completed part, and there is one sound. */
function checkPartition({ parts, lengthFrames }: JobRecord): string[] {
  const wrong: string[] = [];
  for (const { id, state } of parts) {
    if (state !== "completed") wrong.push(`part ${id} is ${state}`);
  }
  const sounds = parts.filter(({ kind }) => kind === "audio");
  if (sounds.length !== 1) wrong.push(`there are ${sounds.length} parts of sound`);
  let nextFrame = 0;
  for (const { id, kind, startFrame, endFrame } of parts) {
    if (kind !== "video") continue;
    if (startFrame !== nextFrame) {
      wrong.push(`part ${id} begins at ${startFrame}, must be ${nextFrame}`);
    }
    nextFrame = endFrame;
  }
  if (nextFrame !== lengthFrames) wrong.push(`parts end at ${nextFrame} of ${lengthFrames}`);
  return wrong;
}

function checkAttempts(record: JobRecord, { mayFail }: RecordRules): string[] {
  const { parts, attempts } = record;
  const wrong: string[] = [];
  for (const part of parts) {
    const won = attempts.filter(({ partId, state }) => partId === part.id && state === "succeeded");
    if (won.length > 1) wrong.push(`${won.length} attempts at part ${part.id} succeeded`);
    if (part.state !== "completed") continue;
    if (won[0]?.id !== part.resultAttemptId) {
      wrong.push(`part ${part.id} has the result of ${part.resultAttemptId}, which did not win`);
    }
  }
  for (const { id, state, worker, code, reason } of attempts) {
    if (state === "running") wrong.push(`attempt ${id} of ${worker} still runs`);
    if (state === "failed" && !mayFail) {
      wrong.push(`attempt ${id} of ${worker} was counted as failed: ${code}: ${reason}`);
    }
  }
  return wrong;
}

/** Goes through the events in their order. */
function checkHistory({ attempts, events }: JobRecord): string[] {
  const wrong: string[] = [];
  const partOf = new Map(attempts.map(({ id, partId }) => [id, partId]));
  const running = new Map<string, Set<string>>();
  const states = new Map<string, string>();
  const completed = new Set<string>();
  for (const { entity, entityId, from, to, reason } of events) {
    const known = states.get(entityId) ?? "";
    if (known !== from) {
      wrong.push(`${entity} ${entityId} went from ${from} to ${to}, but was ${known}`);
    }
    states.set(entityId, to);
    if (entity === "part" && from === "completed") {
      wrong.push(`part ${entityId} was completed and became ${to}: ${reason}`);
    }
    if (entity === "part" && to === "completed") completed.add(entityId);
    const partId = partOf.get(entityId);
    if (entity !== "attempt" || partId === undefined) continue;
    const own = running.get(partId) ?? new Set();
    running.set(partId, own);
    if (to !== "running") own.delete(entityId);
    else {
      own.add(entityId);
      if (completed.has(partId)) wrong.push(`part ${partId} was rendered again: ${reason}`);
    }
    if (own.size > ATTEMPTS_PER_PART_MAX) {
      wrong.push(`part ${partId} had ${own.size} running attempts`);
    }
  }
  return wrong;
}
