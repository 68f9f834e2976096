import { type Clock, coerceError, isDomainError } from "../core/mod.ts";
import type { Connection, Durability } from "./connection.ts";
import { LibsqlTx, type WriteTx } from "./tx.ts";

/** Writes that one commit carries at most. */
const GROUP_SIZE_MAX = 64;
/** Longest time that one group keeps the event loop, milliseconds; the next group gives way first. */
const GROUP_MS_MAX = 8;
/** How long a write waits for another process's lock in all, milliseconds. */
const BUSY_TOTAL_MS_MAX = 5_000;
/** Pause between two tries, milliseconds. */
const BUSY_PAUSE_MS = 50;

interface QueuedWrite {
  readonly durability: Durability;
  run(tx: WriteTx): Promise<void>;
  /** Tells the caller, once the group has been committed. */
  commit(): void;
  fail(error: unknown): void;
}

/**
 * The one writer of a process. Writes run one after the other, never two at a time; those that have
 * gathered while one was committed share the next commit, each in a savepoint of its own, so that
 * one that throws takes back only itself.
 */
export class WriteQueue {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #waiting: QueuedWrite[] = [];
  #draining: Promise<void> | undefined;

  /** @param deps The writer's own connection, and the time. */
  constructor(deps: { readonly connection: Connection; readonly clock: Clock }) {
    this.#connection = deps.connection;
    this.#clock = deps.clock;
  }

  /**
   * Runs a function in a write transaction and resolves after its commit.
   *
   * @param fn Awaits nothing but its transaction: everybody else waits for it.
   * @param durability What the commit must survive.
   * @throws Whatever `fn` throws, its changes taken back; `db_busy`, `db_failed`, `disk_full`.
   */
  write<T>(fn: (tx: WriteTx) => Promise<T>, durability: Durability): Promise<T> {
    return new Promise((resolve, reject) => {
      let result: { readonly value: T } | undefined;
      this.#waiting.push({
        durability,
        async run(tx): Promise<void> {
          result = { value: await fn(tx) };
        },
        commit(): void {
          if (result === undefined) reject(new Error("Invariant violated: commit before run"));
          else resolve(result.value);
        },
        fail: reject,
      });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when nothing is waiting. */
  async idle(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining;
  }

  async #drain(): Promise<void> {
    // The caller's turn ends first: writes that it makes together are committed together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      await this.#writeGroup();
      // Gives way to sockets and timers: the local client never does by itself.
      if (this.#waiting.length > 0) await yieldToEventLoop();
    }
    this.#draining = undefined;
  }

  async #writeGroup(): Promise<void> {
    const durability = this.#waiting.slice(0, GROUP_SIZE_MAX).some((w) => w.durability === "full")
      ? "full"
      : "normal";
    let transaction;
    try {
      transaction = await this.#begin(durability);
    } catch (error) {
      for (const write of this.#waiting.splice(0, GROUP_SIZE_MAX)) write.fail(error);
      return;
    }
    const tx = new LibsqlTx(transaction, this.#connection);
    const begun: QueuedWrite[] = [];
    const done: QueuedWrite[] = [];
    try {
      const startedMs = this.#clock.monotonicMs();
      for (let count = 0; count < GROUP_SIZE_MAX; count++) {
        const write = this.#waiting.shift();
        if (write === undefined) break;
        begun.push(write);
        const error = await runInSavepoint(tx, write);
        if (error === undefined) done.push(write);
        else write.fail(error.thrown);
        if (transaction.closed) break;
        if (this.#clock.monotonicMs() - startedMs > GROUP_MS_MAX) break;
      }
      await transaction.commit();
    } catch (error) {
      // Those that had failed before keep their own error: a promise settles once.
      const translated = this.#connection.translateError(error);
      for (const write of begun) write.fail(translated);
      return;
    } finally {
      transaction.close();
    }
    for (const write of done) write.commit();
  }

  async #begin(durability: Durability): ReturnType<Connection["begin"]> {
    const deadlineMs = this.#clock.monotonicMs() + BUSY_TOTAL_MS_MAX;
    while (true) {
      try {
        return await this.#connection.begin("write", durability);
      } catch (error) {
        if (!isDomainError(error, "db_busy")) throw error;
        if (this.#clock.monotonicMs() >= deadlineMs) throw error;
      }
      await this.#clock.sleep(BUSY_PAUSE_MS);
    }
  }
}

/** Runs one write of a group; on an error, takes its changes back and returns what it threw. */
async function runInSavepoint(
  tx: WriteTx,
  write: QueuedWrite,
): Promise<{ readonly thrown: unknown } | undefined> {
  await tx.run("SAVEPOINT one_write");
  try {
    await write.run(tx);
  } catch (thrown) {
    try {
      await tx.run("ROLLBACK TO one_write");
      await tx.run("RELEASE one_write");
    } catch (_lost) {
      // The whole transaction is gone (disk full, server away): the commit fails and says so.
    }
    return { thrown: coerceError(thrown) };
  }
  await tx.run("RELEASE one_write");
  return undefined;
}

function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
