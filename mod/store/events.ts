import type { ReadTx, WriteTx } from "../db/mod.ts";

/** What changed its state. */
export type EventEntity = "job" | "part" | "attempt" | "worker";

/** One change of state. */
export interface StoredEvent {
  /** Rises by at least one from event to event. */
  readonly id: number;
  /** When, milliseconds since 1970 UTC. */
  readonly atMs: number;
  /** Kind of thing that changed. */
  readonly entity: EventEntity;
  /** Which. */
  readonly entityId: string;
  /** State before; empty if it is new. */
  readonly from: string;
  /** State after. */
  readonly to: string;
  /** Why, one sentence. */
  readonly reason: string;
}

/** What {@linkcode recordEvent} writes. */
export interface NewEvent extends Omit<StoredEvent, "id"> {
  /** Absent for changes of workers, which concern no single job. */
  readonly jobId?: string | undefined;
}

const INSERT = `
  INSERT INTO event (at_ms, job_id, entity, entity_id, from_state, to_state, reason)
  VALUES (:atMs, :jobId, :entity, :entityId, :from, :to, :reason)`;

/** Writes down a change, in the transaction that makes it. */
export async function recordEvent(tx: WriteTx, event: NewEvent): Promise<void> {
  await tx.run(INSERT, {
    atMs: event.atMs,
    jobId: event.jobId ?? null,
    entity: event.entity,
    entityId: event.entityId,
    from: event.from,
    to: event.to,
    reason: event.reason,
  });
}

/** Whose events, and which of them. */
export interface ListEventsQuery {
  /** Whose events. */
  readonly jobId: string;
  /** Only later ones; 0 for all. */
  readonly afterId: number;
  /** At most so many, 1 or more. */
  readonly limit: number;
}

const LIST = `
  SELECT id, at_ms AS "atMs", entity, entity_id AS "entityId", from_state AS "from",
    to_state AS "to", reason
  FROM event WHERE job_id = :jobId AND id > :afterId ORDER BY id LIMIT :limit`;

/** Events of a job and of its parts and attempts, oldest first. */
export function listEvents(tx: ReadTx, query: ListEventsQuery): Promise<readonly StoredEvent[]> {
  return tx.all<StoredEvent>(LIST, {
    jobId: query.jobId,
    afterId: query.afterId,
    limit: query.limit,
  });
}
