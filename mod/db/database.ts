import { type Clock, invariant, isDomainError } from "../core/mod.ts";
import { backUpDatabase } from "./backup.ts";
import { checkDatabase, type DatabaseCheck } from "./check.ts";
import { Connection, type DatabaseLocation } from "./connection.ts";
import { translateDbError } from "./errors.ts";
import { migrateDatabase } from "./migrate.ts";
import { LibsqlTx, type ReadTx, type WriteTx } from "./tx.ts";
import { WriteQueue } from "./write_queue.ts";

/** How a write is committed. */
export interface WriteOptions {
  /**
   * `true` (the default): what was written survives a loss of power once the promise resolves.
   * `false`: it survives a crash of the process; for what nobody was promised, such as progress.
   */
  readonly durable?: boolean;
}

/** Reading and writing: what services depend on. */
export interface Db {
  /**
   * Runs a function on one consistent state of the database.
   *
   * @param fn Awaits nothing but its transaction.
   * @returns What `fn` returns.
   * @throws Whatever `fn` throws; {@linkcode DomainError} `db_busy`, `db_failed`.
   */
  read<T>(fn: (tx: ReadTx) => Promise<T>): Promise<T>;
  /**
   * Runs a function in a write transaction of its own kind: all or nothing, one at a time in this
   * process. Never called from within `fn` of another write: it would wait for itself.
   *
   * @param fn Awaits nothing but its transaction. May run again never: it runs exactly once.
   * @param options Durability.
   * @returns What `fn` returns, after the commit.
   * @throws Whatever `fn` throws, its changes taken back; {@linkcode DomainError} `db_busy` after 5 s,
   * `db_failed`, `disk_full`.
   */
  write<T>(fn: (tx: WriteTx) => Promise<T>, options?: WriteOptions): Promise<T>;
}

/** An open database with the current schema. Made by `openDatabase`. */
export class Database implements Db {
  readonly #where: DatabaseLocation;
  readonly #clock: Clock;
  readonly #reader: Connection;
  readonly #writer: Connection;
  readonly #writes: WriteQueue;
  #lastRead: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /**
   * Connects, but leaves the schema to {@linkcode Database.migrate}.
   *
   * @param deps Where it is, and the time.
   */
  constructor(deps: { readonly where: DatabaseLocation; readonly clock: Clock }) {
    this.#where = deps.where;
    this.#clock = deps.clock;
    this.#writer = new Connection(deps.where, "writer");
    this.#reader = new Connection(deps.where, "reader");
    this.#writes = new WriteQueue({ connection: this.#writer, clock: deps.clock });
  }

  /**
   * Brings the schema up to date. See `migrateDatabase`.
   *
   * @returns Number of steps that were needed.
   */
  migrate(): Promise<number> {
    return migrateDatabase({ connection: this.#writer, clock: this.#clock });
  }

  read<T>(fn: (tx: ReadTx) => Promise<T>): Promise<T> {
    this.#assertOpen();
    if (this.#reader.isRemote) return this.#readOnce(fn);
    // A local file has one reading connection: the client is synchronous, more would gain nothing.
    const result = this.#lastRead.then(() => this.#readOnce(fn));
    this.#lastRead = result.catch(() => undefined);
    return result;
  }

  write<T>(fn: (tx: WriteTx) => Promise<T>, options: WriteOptions = {}): Promise<T> {
    this.#assertOpen();
    return this.#writes.write(fn, options.durable === false ? "normal" : "full");
  }

  /**
   * Moves the write-ahead log into the database file and empties it, unless a reader or another
   * process holds it, which is no error. Does nothing for a server.
   */
  async checkpoint(): Promise<void> {
    this.#assertOpen();
    if (this.#writer.isRemote) return;
    await this.#writes.idle();
    await this.#writer.withoutTransaction((client) =>
      client.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    );
  }

  /**
   * Checkpoints again and again until the signal aborts. One that fails is no end: it is for others who
   * write to say that the disk is full.
   *
   * @param options `intervalMs` between two, 1 or more; and the signal.
   */
  async runCheckpoints(
    options: { readonly intervalMs: number; readonly signal: AbortSignal },
  ): Promise<void> {
    while (await this.#clock.sleep(options.intervalMs, options.signal)) {
      try {
        await this.checkpoint();
      } catch (error) {
        // Nothing is lost by it: a full disk or a busy database may have passed at the next one.
        if (!isDomainError(error)) throw error;
      }
    }
  }

  /**
   * Writes a consistent copy beside the path and renames it into place; work goes on around it.
   *
   * @param path File to make or replace; its directory exists.
   * @throws {DomainError} `output_refused` for a server; `db_failed`, `disk_full`, `io_failed`.
   */
  async backup(path: string): Promise<void> {
    this.#assertOpen();
    await this.#writes.idle();
    await backUpDatabase(this.#where, path);
  }

  /** Looks at every page and every reference. Takes as long as reading the whole file. */
  check(): Promise<DatabaseCheck> {
    return this.read(checkDatabase);
  }

  /** Waits for what was begun, then closes. Later calls of other methods throw. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#lastRead;
    await this.#writes.idle();
    this.#reader.close();
    this.#writer.close();
  }

  /** Where it is, for messages. */
  get location(): string {
    return this.#where.location;
  }

  async #readOnce<T>(fn: (tx: ReadTx) => Promise<T>): Promise<T> {
    const transaction = await this.#reader.begin("read");
    try {
      return await fn(new LibsqlTx(transaction, this.#reader));
    } catch (error) {
      throw translateDbError(error);
    } finally {
      // Nothing was written: a rollback is as good as a commit, and no open statement can refuse it.
      transaction.close();
    }
  }

  #assertOpen(): void {
    invariant(!this.#isClosed, "database is used after close()");
  }
}
