import { createSystemClock, frameCount, systemRandomBytes } from "../../mod/core/mod.ts";
import { type Database, openDatabase } from "../../mod/db/mod.ts";
import { createLogger } from "../../mod/log/mod.ts";
import { Farm } from "../../mod/master/mod.ts";
import { testJob } from "../../mod/testing/mod.ts";
import { type Bench, type Measurement, quantile } from "./bench.ts";
import { loadText } from "./load/process_watch.ts";

/** Finished parts that lie in the database, each with its attempt and two events. */
const HISTORY_PARTS = 1_000_000;
/** Jobs that they belong to. */
const HISTORY_JOBS = 100;
/** Claims that are measured. */
const CLAIMS = 2_000;
/** Claims that are measured before anything is finished. */
const CLAIMS_BEFORE = 500;
/** What a bare write to the disk writes. */
const PAGE = new Uint8Array(4096);
/** Workers that claim in turn. */
const WORKERS = 50;

// The library binds numbers as reals: a cast keeps "h0.0" out of the ids.
const NUMBERS = `
  WITH RECURSIVE n (value) AS (
    SELECT CAST(:from AS INTEGER) UNION ALL SELECT value + 1 FROM n WHERE value < :to - 1)`;
const JOB_ID = "'h' || (value % CAST(:jobs AS INTEGER))";

const COPY_JOBS = `${NUMBERS}
  INSERT INTO job SELECT ${JOB_ID}, name, 'completed', reason, workflow, priority, preset,
    project_path, output_path || value, sequence, width, height, fps_num, fps_den, length_frames,
    plan_sha256, project_key, renderer, requirements_json, warnings_json, min_part_ms, max_part_ms,
    skip_unsupported, overwrite, idempotency_key, submitted_by, created_at_ms, created_at_ms,
    created_at_ms
  FROM n, (SELECT * FROM job LIMIT 1)`;

const FILL_PARTS = `${NUMBERS}
  INSERT INTO part SELECT ${JOB_ID} || '-p' || value, ${JOB_ID}, 'video',
    value * 10, value * 10 + 10, 'completed', 0, 'a' || value, '/results/a' || value, 1, 'aa'
  FROM n`;

const FILL_ATTEMPTS = `${NUMBERS}
  INSERT INTO attempt SELECT 'a' || value, ${JOB_ID} || '-p' || value,
    ${JOB_ID}, 'video', value * 10, value * 10 + 10, 'w' || (value % 50), 's', 1,
    'succeeded', 'done', NULL, '', 100, 10, 100, 'fake', 0, 1
  FROM n`;

const FILL_EVENTS = `${NUMBERS}
  INSERT INTO event (at_ms, job_id, entity, entity_id, from_state, to_state, reason)
  SELECT 0, ${JOB_ID}, 'part', ${JOB_ID} || '-p' || value, 'queued',
    'ongoing', 'From the queue'
  FROM n`;

async function fillHistory(db: Database): Promise<void> {
  const jobs = HISTORY_JOBS;
  await db.write((tx) => tx.run(COPY_JOBS, { from: 0, to: jobs, jobs }), { durable: false });
  const step = 50_000;
  for (let from = 0; from < HISTORY_PARTS; from += step) {
    const range = { from, to: Math.min(from + step, HISTORY_PARTS), jobs };
    for (const sql of [FILL_PARTS, FILL_ATTEMPTS, FILL_EVENTS]) {
      await db.write((tx) => tx.run(sql, range), { durable: false });
    }
  }
  await db.checkpoint();
}

/** Milliseconds of each. */
interface Times {
  /** From the question to the committed answer. */
  readonly claims: number[];
  /** From the report to its committed answer. */
  readonly reports: number[];
  /** What the disk takes for the least that a commit needs: one page, written and synchronized. */
  readonly syncs: number[];
}

async function measureClaims(db: Database, count: number): Promise<Times> {
  const clock = createSystemClock();
  const farm = new Farm({
    db,
    clock,
    random: systemRandomBytes,
    logger: createLogger({ sink: () => {}, clock }),
    verifyResult: ({ attempt: { id } }, { sizeBytes, sha256 }) =>
      Promise.resolve({ path: `/results/${id}`, sizeBytes, sha256 }),
    discardResult: () => Promise.resolve(),
  });
  await farm.recover();
  const names = Array.from({ length: WORKERS }, (_, index) => `w${index}`);
  for (const name of names) {
    await farm.register(name, { address: "", registration: registration(name) });
  }
  const times: Times = { claims: [], reports: [], syncs: [] };
  const { signal } = new AbortController();
  using page = await Deno.open(`${db.location}.page`, { write: true, create: true });
  for (let turn = 0; turn < count; turn++) {
    const name = names[turn % WORKERS] ?? "";
    const request = {
      sessionId: `s-${name}`,
      attempts: [],
      wanted: 1,
      idleSlots: 1,
      isDraining: false,
      waitMs: 0,
    };
    const startedMs = performance.now();
    const { assignments: [given] } = await farm.sync(name, { request, signal });
    times.claims.push(performance.now() - startedMs);
    if (given === undefined) throw new Error(`${name} was given nothing`);
    const frames = frameCount(given.range);
    const claimedMs = performance.now();
    await farm.report(given.attemptId, {
      outcome: "succeeded",
      sizeBytes: 1,
      sha256: "a".repeat(64),
      framesDone: frames,
      renderMs: 300 + frames * 10,
      renderer: "fake",
      logTail: "",
    });
    times.reports.push(performance.now() - claimedMs);
    const syncedMs = performance.now();
    await page.write(PAGE);
    await page.syncData();
    times.syncs.push(performance.now() - syncedMs);
    // A turn of the event loop, as between two requests.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return times;
}

function registration(name: string): Parameters<Farm["register"]>[1]["registration"] {
  return {
    sessionId: `s-${name}`,
    programVersion: "0",
    slots: 1,
    capabilities: {
      renderers: [{ id: "fake", version: "1" }],
      encoders: [],
      services: [],
      cores: 1,
      memoryBytes: 0,
      os: "linux",
      benchmarkFps: 100,
      mediaAccess: ["https"],
    },
  };
}

/** Quantiles of everything, by name. */
function summarize(prefix: string, times: Times): Record<string, number> {
  const both = times.claims.map((claimMs, index) => claimMs + (times.reports[index] ?? 0));
  const series = { claim: times.claims, claimAndReport: both, diskSync: times.syncs };
  return Object.fromEntries(
    Object.entries(series).flatMap(([name, values]) => [
      [`${prefix}.${name}.p50Ms`, quantile(values, 0.5)],
      [`${prefix}.${name}.p99Ms`, quantile(values, 0.99)],
      [`${prefix}.${name}.maxMs`, Math.max(...values)],
    ]),
  );
}

/** What a claim costs when much has been rendered before. */
export const CLAIM_BENCHES: readonly Bench[] = [
  {
    name: "claim",
    what: `claim, durable, with ${HISTORY_PARTS} finished parts in the database, p99 of ${CLAIMS}`,
    unit: "ms",
    bar: { kind: "at most", value: 5 },
    async measure(context): Promise<Measurement> {
      const directory = await Deno.makeTempDir({ prefix: "olive-claims-" });
      const location = `${directory}/farm.db`;
      const db = await openDatabase({ location, clock: createSystemClock() });
      try {
        const empty = new Farm({
          db,
          clock: createSystemClock(),
          random: systemRandomBytes,
          logger: createLogger({ sink: () => {}, clock: createSystemClock() }),
          verifyResult: () => Promise.reject(new Error("nothing is delivered")),
          discardResult: () => Promise.resolve(),
        });
        const job = { ...testJob("j1"), lengthFrames: 40_000_000, minPartMs: 10, maxPartMs: 1_000 };
        await empty.createJob({ job, hasAudio: false, files: [] });
        const before = await measureClaims(db, CLAIMS_BEFORE);
        context.say(`Filling the database with ${HISTORY_PARTS} finished parts`);
        await fillHistory(db);
        const after = await measureClaims(db, CLAIMS);
        const value = quantile(after.claims, 0.99);
        const medians = [after.claims, before.claims, after.syncs].map((times) =>
          quantile(times, 0.5).toFixed(2)
        );
        const note = `median ${medians[0]}, ${medians[1]} without them, ${medians[2]} for a bare ` +
          `write and sync of the disk, whose p99 is ${quantile(after.syncs, 0.99).toFixed(1)}; ` +
          loadText();
        return {
          value,
          details: {
            ...summarize("withHistory", after),
            ...summarize("without", before),
            databaseMegabytes: Math.round((await Deno.stat(location)).size / 1e6),
            note,
          },
        };
      } finally {
        await db.close();
        await Deno.remove(directory, { recursive: true });
      }
    },
  },
];
