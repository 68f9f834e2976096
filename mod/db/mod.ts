/**
 * The database: one libSQL file or server, one writer, numbered migrations. Nothing of the library
 * leaves this folder; SQL is written here and in `mod/store` only.
 *
 * @module
 */
export * from "./check.ts";
export { type DatabaseLocation, isRemoteLocation } from "./connection.ts";
export { Database, type Db, type WriteOptions } from "./database.ts";
export { type ConstraintKind, isConstraintError } from "./errors.ts";
export { openDatabase, type OpenDatabaseOptions } from "./open.ts";
export type { ReadTx, SqlParams, SqlValue, WriteTx } from "./tx.ts";
