import type { ReadTx } from "./tx.ts";

/** What a check of the database found. */
export interface DatabaseCheck {
  /** Nothing was found. */
  readonly isSound: boolean;
  /** What is wrong, one sentence each; empty if it is sound. */
  readonly problems: readonly string[];
}

interface ForeignKeyRow {
  readonly table: string;
  readonly parent: string;
}

/** Looks at every page, index and reference of the database. */
export async function checkDatabase(tx: ReadTx): Promise<DatabaseCheck> {
  const pages = await tx.all<{ integrity_check: string }>("PRAGMA integrity_check");
  const references = await tx.all<ForeignKeyRow>("PRAGMA foreign_key_check");
  const problems = pages.map((row) => row.integrity_check).filter((text) => text !== "ok");
  for (const row of references) {
    problems.push(`A row of ${row.table} names a row of ${row.parent} that is not there`);
  }
  return { isSound: problems.length === 0, problems };
}
