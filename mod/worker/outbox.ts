import { join } from "@std/path";
import { DomainError, isDiskFull, toFileError } from "../core/mod.ts";
import {
  type Assignment,
  assignment,
  type AttemptReport,
  attemptReport,
  checkWire,
} from "../wire/mod.ts";
import { removeAll, renameDurably, writeDurably } from "./durable_file.ts";
import type { HeldProgress } from "./held_attempt.ts";

/** One finished attempt that the master has not acknowledged. */
export interface OutboxEntry extends HeldProgress {
  /** Order of delivery, from 1. */
  readonly sequence: number;
  readonly assignment: Assignment;
  /** What is told to the master, after the result has arrived there. */
  readonly report: AttemptReport;
  /** The result; absent if the report has none. */
  readonly resultPath: string | undefined;
  /** Aborted when the entry is dropped. */
  readonly signal: AbortSignal;
}

/** What goes into the outbox. */
export interface OutboxContent extends HeldProgress {
  readonly assignment: Assignment;
  readonly report: AttemptReport;
  /** The result, on the same file system as the outbox; it is moved. */
  readonly resultPath?: string;
}

interface KeptEntry extends OutboxEntry {
  readonly abort: AbortController;
  /** Whether its result is in its place. */
  isReady: boolean;
}

const ENTRY_NAME = /^(\d{12})-([a-z0-9-]{2,64})\.json$/;

/**
 * Finished attempts, in the order in which they finished, on disk until the master has them.
 *
 * An entry is there after a crash if and only if {@linkcode Outbox.add} had returned, or was just
 * about to. With a full disk a report is kept in memory alone rather than lost.
 */
export class Outbox {
  readonly #folder: string;
  readonly #entries: KeptEntry[];
  readonly #onAdded = new Set<() => void>();

  /** Made by {@linkcode openOutbox}. */
  constructor(folder: string, entries: ReadonlyArray<Omit<OutboxEntry, "signal">>) {
    this.#folder = folder;
    this.#entries = entries.map((entry) => toKept(entry, true));
  }

  /** All entries in the order of their delivery, also those that are being written this moment. */
  get entries(): readonly OutboxEntry[] {
    return this.#entries;
  }

  /** The entry to deliver next; `undefined` if there is none, or it is still being written. */
  get next(): OutboxEntry | undefined {
    const [first] = this.#entries;
    return first?.isReady ? first : undefined;
  }

  /** Calls a function after each entry that is added. */
  watch(onAdded: () => void): void {
    this.#onAdded.add(onAdded);
  }

  /**
   * Puts a finished attempt behind all others.
   *
   * @throws {DomainError} `io_failed` if its result cannot be moved.
   */
  async add(content: OutboxContent): Promise<void> {
    const sequence = (this.#entries.at(-1)?.sequence ?? 0) + 1;
    const { attemptId } = content.assignment;
    const resultPath = content.resultPath === undefined ? undefined : this.#resultPath(attemptId);
    const entry = toKept({ ...content, sequence, resultPath }, false);
    // In its place before anything is awaited: order is the order of the calls.
    this.#entries.push(entry);
    try {
      if (content.resultPath !== undefined && resultPath !== undefined) {
        await renameDurably(content.resultPath, resultPath);
      }
      await this.#write(entry);
    } catch (error) {
      if (!isDiskFull(error)) {
        this.#take(attemptId);
        throw toFileError(error, `Cannot keep the result of attempt ${attemptId}`);
      }
      // In memory alone: a crash now costs this one attempt, giving up would cost it for certain.
    }
    if (entry.signal.aborted) return await this.#removeFiles(entry);
    entry.isReady = true;
    for (const onAdded of this.#onAdded) onAdded();
  }

  /** Changes what is told of an attempt, and lets its result go. */
  async replaceReport(attemptId: string, report: AttemptReport): Promise<void> {
    const index = this.#entries.findIndex((entry) => entry.assignment.attemptId === attemptId);
    const old = this.#entries[index];
    if (old === undefined) return;
    const entry: KeptEntry = { ...old, report, resultPath: undefined };
    this.#entries[index] = entry;
    try {
      await this.#write(entry);
    } catch (error) {
      if (!isDiskFull(error)) throw toFileError(error, `Cannot keep report of ${attemptId}`);
    }
    await removeAll(this.#resultPath(attemptId));
  }

  /** Forgets an attempt, with its result. `false` if it is not there. */
  async remove(attemptId: string): Promise<boolean> {
    const entry = this.#take(attemptId);
    if (entry === undefined) return false;
    entry.abort.abort();
    await this.#removeFiles(entry);
    return true;
  }

  async #removeFiles(entry: OutboxEntry): Promise<void> {
    // The report first: a result alone is no entry.
    await removeAll(this.#entryPath(entry));
    await removeAll(this.#resultPath(entry.assignment.attemptId));
  }

  #take(attemptId: string): KeptEntry | undefined {
    const index = this.#entries.findIndex((entry) => entry.assignment.attemptId === attemptId);
    return index < 0 ? undefined : this.#entries.splice(index, 1)[0];
  }

  async #write(entry: OutboxEntry): Promise<void> {
    const { assignment, report, framesDone, renderMs } = entry;
    const text = JSON.stringify({ assignment, report, framesDone, renderMs });
    await writeDurably(this.#entryPath(entry), text);
  }

  #entryPath(entry: OutboxEntry): string {
    const sequence = String(entry.sequence).padStart(12, "0");
    return join(this.#folder, `${sequence}-${entry.assignment.attemptId}.json`);
  }

  #resultPath(attemptId: string): string {
    return join(this.#folder, `${attemptId}.result`);
  }
}

/**
 * Opens an outbox with what the last run left in it. What a crash left half written goes.
 *
 * @param folder The outbox's folder, for this process alone.
 * @throws {DomainError} `io_failed` if the folder cannot be read.
 */
export async function openOutbox(folder: string): Promise<Outbox> {
  try {
    const names: string[] = [];
    for await (const entry of Deno.readDir(folder)) names.push(entry.name);
    const entries: Array<Omit<OutboxEntry, "signal">> = [];
    for (const name of names.toSorted()) {
      const entry = await readEntry(folder, name);
      if (entry !== undefined) entries.push(entry);
    }
    const kept = new Set(entries.map((entry) => entry.resultPath));
    for (const name of names) {
      const isKnown = kept.has(join(folder, name)) ||
        entries.some((entry) => name.endsWith(`-${entry.assignment.attemptId}.json`));
      if (!isKnown) await removeAll(join(folder, name));
    }
    return new Outbox(folder, entries);
  } catch (error) {
    throw toFileError(error, `Cannot read outbox ${folder}`);
  }
}

async function readEntry(
  folder: string,
  name: string,
): Promise<Omit<OutboxEntry, "signal"> | undefined> {
  const match = ENTRY_NAME.exec(name);
  if (match === null) return undefined;
  try {
    const kept = JSON.parse(await Deno.readTextFile(join(folder, name))) as Record<string, unknown>;
    const report = checkWire(attemptReport, { value: kept["report"], what: "report" });
    const whose = checkWire(assignment, { value: kept["assignment"], what: "assignment" });
    const resultPath = report.outcome === "succeeded"
      ? join(folder, `${whose.attemptId}.result`)
      : undefined;
    if (report.outcome === "succeeded" && resultPath !== undefined) {
      const { size } = await Deno.stat(resultPath);
      if (size !== report.sizeBytes) return undefined;
    }
    return {
      sequence: Number(match[1]),
      assignment: whose,
      report,
      resultPath,
      framesDone: Number(kept["framesDone"] ?? 0),
      renderMs: Number(kept["renderMs"] ?? 0),
    };
  } catch (error) {
    // Written by another version, or its result is gone: the master gives the part out again.
    const isUnusable = error instanceof DomainError || error instanceof SyntaxError ||
      error instanceof Deno.errors.NotFound;
    if (isUnusable) return undefined;
    throw error;
  }
}

function toKept(entry: Omit<OutboxEntry, "signal">, isReady: boolean): KeptEntry {
  const abort = new AbortController();
  return { ...entry, isReady, abort, signal: abort.signal };
}
