import { join } from "@std/path";
import { type Clock, DomainError, toFileError } from "../core/mod.ts";
import type { Logger } from "../log/mod.ts";
import { killGroup } from "../process/mod.ts";
import { removeAll } from "./durable_file.ts";
import { type GroupRecords, killLeftovers, noteAlive, recordGroup } from "./leftovers.ts";
import { ALIVE_MS } from "./limits.ts";
import { createProcessTable, type ProcessTable } from "./process_table.ts";

/** What {@linkcode openStateDir} needs. */
export interface StateDirOptions {
  /** Notes that the worker lives go by it. */
  readonly clock: Clock;
  /** Told what the last run left. */
  readonly logger: Logger;
  /** How processes are looked at. Default: the system's own. */
  readonly processes?: ProcessTable;
  /** Ends a process group at once. Default: the system's own. */
  readonly kill?: (groupId: number) => void;
}

/** The folder in which a worker keeps what must outlive it, held by this process alone. */
export interface StateDir {
  /** The folder itself. */
  readonly folder: string;
  /** Folder of the attempts in work, one folder each; empty at the start. */
  readonly attemptsFolder: string;
  /** Folder of finished attempts whose report is not acknowledged. */
  readonly outboxFolder: string;
  /** Folder of the jobs' plans. */
  readonly plansFolder: string;
  /** For `SystemRunnerOptions.onGroup`: keeps a record of what would have to be ended after a crash. */
  readonly onGroup: (groupId: number, isAlive: boolean) => void;
  /** Lets another process have the folder. */
  close(): Promise<void>;
}

/**
 * Takes a worker's state folder: makes it, locks it, ends what the last run left running, removes
 * what it left half done. Nothing of the outbox is touched.
 *
 * @param folder Absolute path.
 * @param options Time and log.
 * @returns The folder, to be closed at the end.
 * @throws {DomainError} `config_invalid` if another worker uses it; `disk_full` or `io_failed` if
 * it cannot be used.
 */
export async function openStateDir(folder: string, options: StateDirOptions): Promise<StateDir> {
  const dir = {
    attemptsFolder: join(folder, "attempts"),
    outboxFolder: join(folder, "outbox"),
    plansFolder: join(folder, "plans"),
  };
  const records: GroupRecords = {
    folder: join(folder, "groups"),
    processes: options.processes ?? createProcessTable(),
  };
  const lock = await lockFolder(folder);
  try {
    for (const one of [...Object.values(dir), records.folder]) {
      await Deno.mkdir(one, { recursive: true, mode: 0o700 });
    }
    await clearLeftovers({ records, attemptsFolder: dir.attemptsFolder }, options);
  } catch (error) {
    lock.close();
    throw toFileError(error, `Cannot use state directory ${folder}`);
  }
  const closing = new AbortController();
  const living = keepNoting(records, { clock: options.clock, signal: closing.signal });
  return {
    ...dir,
    folder,
    onGroup: (groupId, isAlive) => recordGroup(records, { groupId, isAlive }),
    close: async () => {
      closing.abort();
      await living;
      lock.close();
    },
  };
}

/** The system drops the lock with the process, however that ends: no stale lock can be left. */
async function lockFolder(folder: string): Promise<Deno.FsFile> {
  const lockPath = join(folder, "lock");
  let file: Deno.FsFile;
  try {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    file = await Deno.open(lockPath, { read: true, write: true, create: true, mode: 0o600 });
  } catch (error) {
    throw toFileError(error, `Cannot use state directory ${folder}`);
  }
  if (!(await file.tryLock(true))) {
    file.close();
    const holder = /^\d+/.exec(await Deno.readTextFile(lockPath))?.[0];
    throw new DomainError(
      "config_invalid",
      `Cannot use state directory ${folder}: another worker has it` +
        (holder === undefined ? "" : `, process ${holder}`),
      { hint: "Stop that worker, or give this one another name and --state-dir of its own" },
    );
  }
  await file.truncate();
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  return file;
}

async function clearLeftovers(
  of: { readonly records: GroupRecords; readonly attemptsFolder: string },
  options: StateDirOptions,
): Promise<void> {
  const killed = await killLeftovers(of.records, options.kill ?? killGroup);
  let removed = 0;
  for await (const entry of Deno.readDir(of.attemptsFolder)) {
    await removeAll(join(of.attemptsFolder, entry.name));
    removed++;
  }
  await noteAlive(of.records);
  if (killed.length + removed === 0) return;
  options.logger.warn("recovered", "Ended renders and removed files that the last run left", {
    count: killed.length,
    reason: `${killed.length} process groups, ${removed} work folders`,
  });
}

async function keepNoting(
  records: GroupRecords,
  options: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  while (await options.clock.sleep(ALIVE_MS, options.signal)) await noteAlive(records);
}
