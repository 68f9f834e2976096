import type { Clock, RandomBytes } from "../core/mod.ts";
import type { Db, WriteTx } from "../db/mod.ts";
import type { Logger } from "../log/mod.ts";
import type { Board } from "./board.ts";
import type { Changes } from "./changes.ts";
import type { OnlineWorkers } from "./online_workers.ts";
import type { ProjectsToCome } from "./projects_to_come.ts";
import type { SpeedBook } from "./speed_book.ts";

/** What all services of the scheduler share. Made by `createFarm`. */
export interface FarmCore {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly logger: Logger;
  readonly board: Board;
  readonly workers: OnlineWorkers;
  readonly speeds: SpeedBook;
  readonly toCome: ProjectsToCome;
  /** Keys are names of workers: something for them to hear. */
  readonly workerNews: Changes;
  /** Keys are ids of jobs: the job or one of its parts has changed. */
  readonly jobNews: Changes;
  /** Life of an attempt without a sign of its worker, milliseconds. */
  readonly leaseMs: number;
}

/** One turn of the writer: a transaction, and what follows once it is committed. */
export class FarmTurn {
  /** The open transaction. */
  readonly tx: WriteTx;
  /** Time of everything in this turn, milliseconds since 1970 UTC. */
  readonly nowMs: number;
  readonly #touched: Set<string>;
  readonly #effects: (() => void)[];
  readonly #core: FarmCore;

  /** Made by {@linkcode takeTurn} alone. */
  constructor(core: FarmCore, state: {
    readonly tx: WriteTx;
    readonly touched: Set<string>;
    readonly effects: (() => void)[];
  }) {
    this.#core = core;
    this.tx = state.tx;
    this.#touched = state.touched;
    this.#effects = state.effects;
    this.nowMs = core.clock.nowMs();
  }

  /** The job is about to change on the board: it is read again if the turn fails. */
  touch(jobId: string): void {
    this.#touched.add(jobId);
    this.#core.board.noteChange();
  }

  /** Does something once the transaction is committed. */
  afterCommit(effect: () => void): void {
    this.#effects.push(effect);
  }

  /** Tells one worker, once committed. */
  tellWorker(name: string): void {
    this.afterCommit(() => this.#core.workerNews.notify(name));
  }

  /** Tells every worker that waits, once committed: there may be work. */
  tellWorkers(): void {
    this.afterCommit(() => this.#core.workerNews.notifyAll());
  }

  /** Tells whoever listens to a job, once committed. */
  tellJob(jobId: string): void {
    this.afterCommit(() => this.#core.jobNews.notify(jobId));
  }
}

/**
 * Runs a function in the writer's turn: nobody else changes the database or the board meanwhile.
 * All of it is committed, or none, and then the board reads again what the function touched.
 *
 * @param core The farm.
 * @param act Awaits nothing but the turn's transaction.
 * @param options `durable`: see `Db.write`.
 * @returns What `act` returns, after the commit.
 * @throws Whatever `act` throws; {@linkcode DomainError} `db_busy`, `db_failed`, `disk_full`.
 */
export async function takeTurn<T>(
  core: FarmCore,
  act: (turn: FarmTurn) => Promise<T>,
  options: { readonly durable?: boolean } = {},
): Promise<T> {
  const touched = new Set<string>();
  const effects: (() => void)[] = [];
  const discard = (): void => {
    for (const jobId of touched) core.board.markStale(jobId);
  };
  let result: T;
  try {
    result = await core.db.write(async (tx) => {
      try {
        await core.board.refresh(tx);
        return await act(new FarmTurn(core, { tx, touched, effects }));
      } catch (error) {
        // Before the next turn looks at the board.
        discard();
        throw error;
      }
    }, options);
  } catch (error) {
    discard();
    throw error;
  }
  for (const effect of effects) effect();
  return result;
}
