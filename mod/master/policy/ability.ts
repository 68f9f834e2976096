import type { JobSnapshot, Requirements, WorkerAbilities, WorkerSnapshot } from "./snapshot.ts";

/** What a worker lacks for a job, in words; empty if nothing. */
export function listMissing(abilities: WorkerAbilities, requirements: Requirements): string[] {
  const missing: string[] = [];
  if (!abilities.renderers.some((renderer) => renderer.id === requirements.renderer)) {
    missing.push(`the renderer ${requirements.renderer}`);
  }
  for (const encoder of requirements.encoders) {
    if (!abilities.encoders.includes(encoder)) missing.push(`the encoder ${encoder}`);
  }
  // A worker that did not look for services is believed to have them: its renderer says what is missing.
  if (abilities.services.length === 0) return missing;
  for (const service of requirements.services) {
    if (!abilities.services.includes(service)) missing.push(`the service ${service}`);
  }
  return missing;
}

// Every decision asks this of every worker, and lists of encoders are long; both objects never change.
const known = new WeakMap<WorkerAbilities, WeakMap<Requirements, boolean>>();

/** Whether a worker has everything that a job needs. */
export function isCapable(worker: WorkerSnapshot, job: JobSnapshot): boolean {
  const { abilities } = worker;
  const { requirements } = job;
  const answers = known.get(abilities) ?? new WeakMap<Requirements, boolean>();
  known.set(abilities, answers);
  const answer = answers.get(requirements) ?? listMissing(abilities, requirements).length === 0;
  answers.set(requirements, answer);
  return answer;
}

/** Whether a worker may be given parts of a job: capable, not draining, not set aside for it. */
export function mayWorkOn(worker: WorkerSnapshot, job: JobSnapshot): boolean {
  return !worker.isDraining && !job.setAside.includes(worker.name) && isCapable(worker, job);
}

/**
 * Why no connected worker can do a job, in one sentence without a period.
 *
 * @returns `undefined` if at least one can.
 */
export function explainMissing(
  workers: readonly WorkerSnapshot[],
  job: JobSnapshot,
): string | undefined {
  if (workers.some((worker) => mayWorkOn(worker, job))) return undefined;
  if (workers.length === 0) return "Waits for a worker: none is connected";
  const capable = workers.filter((worker) => isCapable(worker, job));
  if (capable.length === 0) return explainIncapable(workers, job);
  const setAside = capable.filter((worker) => job.setAside.includes(worker.name));
  if (setAside.length === 0) return "Waits for a worker: those that could do it are draining";
  const names = setAside.map((worker) => worker.name).toSorted().slice(0, NAMES_MAX).join(", ");
  return `Waits for a worker: ${names} failed it again and again, no other can do it`;
}

const NAMES_MAX = 3;

/** What the worker that comes nearest lacks. */
function explainIncapable(workers: readonly WorkerSnapshot[], job: JobSnapshot): string {
  let nearest: { name: string; missing: readonly string[] } | undefined;
  for (const worker of workers) {
    const missing = listMissing(worker.abilities, job.requirements);
    if (nearest === undefined || missing.length < nearest.missing.length) {
      nearest = { name: worker.name, missing };
    }
  }
  const missing = nearest?.missing.slice(0, NAMES_MAX).join(", ") ?? "";
  const count = workers.length === 1 ? "the only connected one" : `none of ${workers.length}`;
  return workers.length === 1
    ? `Waits for a worker that has ${missing}: ${count} (${nearest?.name}) has not`
    : `Waits for a worker that has ${missing}: ${count} connected ones has all it needs, ` +
      `${nearest?.name} comes nearest`;
}
