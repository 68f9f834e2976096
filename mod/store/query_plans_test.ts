import { assert, assertEquals } from "@std/assert";
import { createSystemClock } from "../core/mod.ts";
import { openDatabase } from "../db/mod.ts";
import { CHANGE_ATTEMPT_SQL } from "./change_attempt.ts";
import { CHANGE_PART_SQL } from "./change_part.ts";
import {
  HAS_RUNNING_OF_HOST_SQL,
  LIST_RUNNING,
  LIST_RUNNING_OF_JOB,
  LIST_RUNNING_OF_PART,
} from "./find_attempts.ts";
import { LIST_LIVE_JOBS } from "./find_jobs.ts";
import { HAS_UNFINISHED_PART, LIST_UNFINISHED_PARTS } from "./find_parts.ts";
import { LIST_JOB_WORKERS } from "./job_workers.ts";
import { LIST_PART_FAILURES } from "./part_failures.ts";
import { LIST_WORKER_SPEEDS } from "./worker_speeds.ts";

/** Every statement that claims, syncs, reports and deadlines execute. */
const SCHEDULING: Readonly<Record<string, string>> = {
  ...CHANGE_ATTEMPT_SQL,
  ...CHANGE_PART_SQL,
  ...HAS_RUNNING_OF_HOST_SQL,
  HAS_UNFINISHED_PART,
  LIST_JOB_WORKERS,
  LIST_LIVE_JOBS,
  LIST_PART_FAILURES,
  LIST_RUNNING,
  LIST_RUNNING_OF_JOB,
  LIST_RUNNING_OF_PART,
  LIST_UNFINISHED_PARTS,
  LIST_WORKER_SPEEDS,
};

/** A partial index holds the live rows only: reading all of it is reading what is asked for. */
function isTableScan(detail: string): boolean {
  const isScan = /^SCAN (?!CONSTANT|places|\(subquery|\d+ CONSTANT)/.test(detail);
  return isScan && !/USING (COVERING )?INDEX (job_live|attempt_running_)/.test(detail);
}

Deno.test("no scheduling statement scans a table", async () => {
  const directory = await Deno.makeTempDir({ prefix: "olive-plans-" });
  const db = await openDatabase({ location: `${directory}/farm.db`, clock: createSystemClock() });
  try {
    for (const [name, sql] of Object.entries(SCHEDULING)) {
      const params = Object.fromEntries(
        [...sql.matchAll(/(?<!:):([a-zA-Z0-9]+)/g)].map(([, param]) => [param ?? "", 0]),
      );
      const steps = await db.read((tx) =>
        tx.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, params)
      );
      for (const { detail } of steps) assert(!isTableScan(detail), `${name}: ${detail}`);
      assertEquals(steps.length > 0 || /^\s*INSERT/.test(sql), true, name);
    }
    const [scan] = await db.read((tx) =>
      tx.all<{ detail: string }>("EXPLAIN QUERY PLAN SELECT id FROM part WHERE result_path = ''")
    );
    assert(isTableScan(scan?.detail ?? ""), "a scan is seen as one");
  } finally {
    await db.close();
    await Deno.remove(directory, { recursive: true });
  }
});
