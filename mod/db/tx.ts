import type { InValue, ResultSet, Transaction } from "@libsql/client";
import { translateDbError, translateServerError } from "./errors.ts";

/** What a column may hold. Booleans are stored as 0 and 1. */
export type SqlValue = string | number | null;

/** Values of named parameters: `:jobId` in the SQL, `jobId` here. */
export type SqlParams = Readonly<Record<string, SqlValue | boolean>>;

/** Statements of one open transaction that read. */
export interface ReadTx {
  /**
   * Reads every row.
   *
   * @param sql One statement with named parameters.
   * @param params A value for each.
   * @returns Every row, as the statement names its columns; empty if there is none.
   * @throws {DomainError} `db_busy`, `db_failed`.
   */
  all<Row>(sql: string, params?: SqlParams): Promise<readonly Row[]>;
  /** Like {@linkcode ReadTx.all}: the first row, or `undefined`. */
  find<Row>(sql: string, params?: SqlParams): Promise<Row | undefined>;
}

/** Statements of one open transaction that may write. */
export interface WriteTx extends ReadTx {
  /**
   * Changes rows.
   *
   * @param sql One statement with named parameters, without `RETURNING`: such a statement reports 0.
   * @param params A value for each.
   * @returns Number of rows changed.
   * @throws {DomainError} `db_busy`, `db_failed` (with `details.constraint` for a broken rule), `disk_full`.
   */
  run(sql: string, params?: SqlParams): Promise<number>;
}

/** The statements of a transaction of the library, with our errors. */
export class LibsqlTx implements WriteTx {
  readonly #transaction: Pick<Transaction, "execute">;
  readonly #isRemote: boolean;

  /**
   * @param transaction Open transaction.
   * @param lane Whether it is one of a server.
   */
  constructor(transaction: Pick<Transaction, "execute">, lane: { readonly isRemote: boolean }) {
    this.#transaction = transaction;
    this.#isRemote = lane.isRemote;
  }

  async all<Row>(sql: string, params: SqlParams = {}): Promise<readonly Row[]> {
    return (await this.#execute(sql, params)).rows as unknown as readonly Row[];
  }

  async find<Row>(sql: string, params: SqlParams = {}): Promise<Row | undefined> {
    return (await this.#execute(sql, params)).rows[0] as unknown as Row | undefined;
  }

  async run(sql: string, params: SqlParams = {}): Promise<number> {
    return (await this.#execute(sql, params)).rowsAffected;
  }

  async #execute(sql: string, params: SqlParams): Promise<ResultSet> {
    try {
      return await this.#transaction.execute({ sql, args: params as Record<string, InValue> });
    } catch (error) {
      throw this.#isRemote ? translateServerError(error) : translateDbError(error);
    }
  }
}
