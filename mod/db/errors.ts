import { LibsqlError } from "@libsql/client";
import { DomainError } from "../core/mod.ts";

/** Kinds of rules of the schema that a write can break. */
export type ConstraintKind = "unique" | "check" | "foreign_key" | "other";

const CONSTRAINTS: Readonly<Record<string, ConstraintKind>> = {
  SQLITE_CONSTRAINT_UNIQUE: "unique",
  SQLITE_CONSTRAINT_PRIMARYKEY: "unique",
  SQLITE_CONSTRAINT_CHECK: "check",
  SQLITE_CONSTRAINT_FOREIGNKEY: "foreign_key",
};

/**
 * Turns what the database library throws into an error of ours; leaves any other error as it is.
 *
 * @param error Whatever was thrown.
 * @returns `db_busy` if another process holds the lock, `disk_full`, otherwise `db_failed`, which
 * for a broken rule of the schema has `details.constraint`.
 */
export function translateDbError(error: unknown): unknown {
  if (!(error instanceof LibsqlError)) return error;
  const code = error.code;
  if (code === "SQLITE_BUSY" || code === "SQLITE_LOCKED") {
    return new DomainError("db_busy", "Cannot use database: another process holds its lock", {
      hint: "Wait for the other olive command to end, then try again",
      cause: error,
    });
  }
  if (code === "SQLITE_FULL") {
    return new DomainError("disk_full", "Cannot write database: the disk is full", {
      hint: "Free space on the disk that holds the state directory",
      cause: error,
    });
  }
  if (code === "SQLITE_CORRUPT" || code === "SQLITE_NOTADB") {
    return new DomainError(
      "db_failed",
      "Cannot read database: the file is damaged or no database",
      {
        hint: "Run `olive db check`, and restore a backup if it finds damage",
        cause: error,
      },
    );
  }
  if (code === "SQLITE_CONSTRAINT") {
    const constraint = CONSTRAINTS[error.extendedCode ?? ""] ?? constraintByMessage(error.message);
    return new DomainError("db_failed", "Cannot write database: a rule of its schema is broken", {
      details: { constraint },
      cause: error,
    });
  }
  if (isRefusedByServer(error)) {
    return new DomainError("db_failed", "Cannot use database: its server does not let us in", {
      hint: "Set OLIVE_DATABASE_TOKEN to a token of the libSQL server",
      details: { code },
      cause: error,
    });
  }
  return new DomainError("db_failed", "Cannot use database", { details: { code }, cause: error });
}

/**
 * Turns what a call of the library for a server has thrown into an error of ours: a server that is
 * away shows as an error of `fetch`, not of the library.
 */
export function translateServerError(error: unknown): unknown {
  const translated = translateDbError(error);
  if (translated instanceof DomainError) return translated;
  return new DomainError("db_failed", "Cannot reach the database server", {
    hint: "Check that the libSQL server runs, and the URL of --database",
    cause: translated,
  });
}

/** A server gives the code of a broken rule without its kind; SQLite's own sentence has it. */
function constraintByMessage(message: string): ConstraintKind {
  const kind = /(UNIQUE|CHECK|FOREIGN KEY) constraint failed/.exec(message)?.[1];
  if (kind === "UNIQUE") return "unique";
  if (kind === "CHECK") return "check";
  return kind === "FOREIGN KEY" ? "foreign_key" : "other";
}

function isRefusedByServer(error: LibsqlError): boolean {
  const status = (error.cause as { readonly status?: unknown } | undefined)?.status;
  return status === 401 || status === 403;
}

/** Whether an error is a broken rule of the schema, of that kind if one is given. */
export function isConstraintError(error: unknown, kind?: ConstraintKind): boolean {
  if (!(error instanceof DomainError) || error.code !== "db_failed") return false;
  const constraint = error.details["constraint"];
  return constraint !== undefined && (kind === undefined || constraint === kind);
}
