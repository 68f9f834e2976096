import { join, resolve } from "@std/path";
import { createSystemClock, DomainError, isDomainError } from "../mod/core/mod.ts";
import { type Database, isRemoteLocation, openDatabase } from "../mod/db/mod.ts";
import { createJobFolders, pruneFarm } from "../mod/master/mod.ts";
import { EXIT } from "./exit_codes.ts";
import { databaseLocationOf, stateDirOf } from "./farm_state.ts";
import { KEEP_DAYS_MAX } from "./master.ts";
import { integerSetting, type SettingSources } from "./settings.ts";

/** `olive db backup FILE` */
export async function backUp(
  sources: SettingSources,
  operands: readonly string[],
): Promise<number> {
  const { flags, io } = sources;
  const path = resolve(io.cwd, operands[0] ?? "");
  await withDatabase(sources, (db) => db.backup(path));
  const { size: sizeBytes } = await Deno.stat(path);
  io.stdout(flags.has("json") ? JSON.stringify({ path, sizeBytes }) + "\n" : `${path}\n`);
  return EXIT.ok;
}

/** `olive db check` */
export async function check(sources: SettingSources): Promise<number> {
  const { flags, io } = sources;
  const { location } = databaseLocationOf(sources, stateDirOf(sources));
  const problems = await findProblems(sources);
  const isSound = problems.length === 0;
  if (flags.has("json")) io.stdout(JSON.stringify({ location, isSound, problems }) + "\n");
  else if (isSound) io.stdout(`${location} is sound\n`);
  else io.stdout(problems.map((problem) => `${problem}\n`).join(""));
  if (!isSound) io.stderr("  Stop the master and put a backup in place of the database\n");
  return isSound ? EXIT.ok : EXIT.failed;
}

/** A file that is damaged so that it cannot even be opened is a finding, not a failure to look. */
async function findProblems(sources: SettingSources): Promise<readonly string[]> {
  try {
    return (await withDatabase(sources, (db) => db.check())).problems;
  } catch (error) {
    const isRemote = isRemoteLocation(databaseLocationOf(sources, stateDirOf(sources)).location);
    if (!isRemote && isDomainError(error, "db_failed")) return [error.message];
    throw error;
  }
}

/** `olive db prune --keep-days N` */
export async function prune(sources: SettingSources): Promise<number> {
  const { flags, io } = sources;
  if (flags.text("keep-days") === undefined) {
    throw new DomainError("usage", "Cannot prune: --keep-days is not given", {
      hint: "For example: olive db prune --keep-days 30",
    });
  }
  const spec = { name: "keep-days", fallback: 0, min: 0, max: KEEP_DAYS_MAX };
  const keepDays = integerSetting(sources, spec);
  const folders = createJobFolders(join(stateDirOf(sources), "jobs"));
  const clock = createSystemClock();
  const pruned = await withDatabase(
    sources,
    (db) => pruneFarm({ db, folders, clock }, { keepDays }),
  );
  io.stdout(
    flags.has("json")
      ? JSON.stringify(pruned) + "\n"
      : `${pruned.jobs} jobs forgotten, ${pruned.orphanFolders} folders of no job removed\n`,
  );
  return EXIT.ok;
}

async function withDatabase<T>(
  sources: SettingSources,
  act: (db: Database) => Promise<T>,
): Promise<T> {
  const stateDir = stateDirOf(sources);
  const where = databaseLocationOf(sources, stateDir);
  await assertExists(where.location);
  const db = await openDatabase({ ...where, clock: createSystemClock() });
  try {
    return await act(db);
  } finally {
    await db.close();
  }
}

/** Opening makes a database that is not there, which here would hide that the place is wrong. */
async function assertExists(location: string): Promise<void> {
  if (isRemoteLocation(location)) return;
  try {
    await Deno.stat(location);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new DomainError("not_initialized", `Cannot find a database: there is no ${location}`, {
      hint: "This is for the master's machine; --state-dir says where its files are",
      cause,
    });
  }
}
