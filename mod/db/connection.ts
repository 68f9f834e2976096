import { type Client, createClient, type Transaction } from "@libsql/client";
import { DomainError, isDomainError } from "../core/mod.ts";
import { translateDbError, translateServerError } from "./errors.ts";

/** Where the database is. */
export interface DatabaseLocation {
  /** Path of a local file, or a `libsql:`, `https:` or `http:` URL of a libSQL server. */
  readonly location: string;
  /** Token of the server; local files take none. */
  readonly authToken?: string | undefined;
}

const REMOTE_URL = /^(libsql|https?|wss?):\/\//;

/**
 * Longest time that a statement waits for another process's lock while the whole program stands
 * still, milliseconds: the local client is synchronous. Beyond it, the writer waits between tries
 * without stopping anything. An odd number, so that a connection that nobody configured is known by
 * its default of 0.
 */
const BUSY_TIMEOUT_MS = 203;

/** Whether a location is the URL of a server. */
export function isRemoteLocation(location: string): boolean {
  return REMOTE_URL.test(location);
}

/** How a commit reaches the disk: `full` survives a loss of power, `normal` a crash of the process. */
export type Durability = "full" | "normal";

/**
 * One lane to the database: local files get exactly one connection, on which nothing else runs. The
 * library replaces a connection that broke, with every setting at its default; so each use looks
 * whether the connection is configured, and configures it if not.
 */
export class Connection {
  readonly #client: Client;
  readonly #isRemote: boolean;
  readonly #isReader: boolean;
  #durability: Durability | undefined;

  /**
   * @param where File or server; a file that is not there is created.
   * @param kind A `reader` refuses every statement that writes, if it reads a file.
   * @throws {DomainError} `db_failed` if it cannot be opened.
   */
  constructor(where: DatabaseLocation, kind: "reader" | "writer") {
    this.#isReader = kind === "reader";
    this.#isRemote = isRemoteLocation(where.location);
    const url = this.#isRemote ? where.location : fileUrl(where.location);
    try {
      this.#client = createClient({
        url,
        intMode: "number",
        ...(this.#isRemote ? {} : { concurrency: 1 }),
        ...(where.authToken === undefined ? {} : { authToken: where.authToken }),
      });
    } catch (error) {
      throw openError(where.location, error);
    }
  }

  /** Whether it speaks to a server. */
  get isRemote(): boolean {
    return this.#isRemote;
  }

  /**
   * Begins a transaction on a configured connection.
   *
   * @param mode `write` takes the lock at once.
   * @param durability What its commit must survive; a server decides for itself.
   * @throws {DomainError} `db_busy`, `db_failed`.
   */
  async begin(mode: "read" | "write", durability: Durability = "full"): Promise<Transaction> {
    try {
      await this.configure(durability);
      return await this.#client.transaction(mode);
    } catch (error) {
      const translated = this.translateError(error);
      // A BEGIN that met a lock stays "in progress" until it is collected, and no savepoint or
      // commit works beside it: such a connection is of no more use.
      if (isDomainError(translated, "db_busy")) await this.#client.reconnect();
      throw translated;
    }
  }

  /** Executes statements outside of a transaction, such as a checkpoint. Same errors as {@linkcode begin}. */
  async withoutTransaction<T>(fn: (client: Pick<Client, "execute">) => Promise<T>): Promise<T> {
    try {
      await this.configure("full");
      return await fn(this.#client);
    } catch (error) {
      throw this.translateError(error);
    }
  }

  /** Sets what a new connection lacks, and reads it back. */
  async configure(durability: Durability): Promise<void> {
    if (this.#isRemote) return;
    const isNew = await this.#pragma("busy_timeout") !== BUSY_TIMEOUT_MS;
    if (isNew) {
      await this.#client.execute(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      await this.#client.execute("PRAGMA foreign_keys = ON");
      await this.#client.execute("PRAGMA journal_mode = WAL");
      // Checkpoints come from a timer, between writes; this is for processes that run none.
      await this.#client.execute("PRAGMA wal_autocheckpoint = 10000");
      // Upper bound of what the log keeps allocated after a checkpoint.
      await this.#client.execute("PRAGMA journal_size_limit = 67108864");
      // "BEGIN TRANSACTION READONLY" of the library lets writes pass.
      if (this.#isReader) await this.#client.execute("PRAGMA query_only = ON");
      this.#durability = undefined;
    }
    if (this.#durability !== durability) {
      await this.#client.execute(
        durability === "full" ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
      );
      this.#durability = durability;
    }
    if (isNew) await this.#assertConfigured(durability);
  }

  /** What the library has thrown on this lane, as an error of ours. */
  translateError(error: unknown): unknown {
    return this.#isRemote ? translateServerError(error) : translateDbError(error);
  }

  /** Closes the connection; nothing may be in flight. */
  close(): void {
    this.#client.close();
  }

  async #assertConfigured(durability: Durability): Promise<void> {
    const wanted: readonly (readonly [string, string | number])[] = [
      ["journal_mode", "wal"],
      ["foreign_keys", 1],
      ["synchronous", durability === "full" ? 2 : 1],
      ["busy_timeout", BUSY_TIMEOUT_MS],
    ];
    for (const [name, value] of wanted) {
      const current = await this.#pragma(name);
      if (current === value) continue;
      throw new DomainError(
        "db_failed",
        `Cannot configure database: ${name} is ${current}, must be ${value}`,
        { hint: "Keep the database on a local disk: network file systems lack what it needs" },
      );
    }
  }

  async #pragma(name: string): Promise<unknown> {
    const { rows } = await this.#client.execute(`PRAGMA ${name}`);
    return rows[0]?.[0];
  }
}

function fileUrl(path: string): string {
  // The library takes `?` and `#` for the end of the path, and decodes `%`.
  return "file:" + path.split("/").map(encodeURIComponent).join("/");
}

function openError(location: string, cause: unknown): DomainError {
  return new DomainError("db_failed", `Cannot open database ${location}`, {
    hint: "Check that the directory exists and that you may write to it",
    cause,
  });
}
