import { createSystemRunner, type ProcessOutcome } from "../mod/process/mod.ts";
import type { CommandIo } from "./command.ts";
import { selfCommand } from "./self_command.ts";

/** This program, running as a process of its own. It dies with this one. */
export interface ChildProcess {
  readonly exited: Promise<ProcessOutcome>;
  /** Asks it to finish in order. */
  terminate(): void;
  /** Ends it and all its children at once. */
  kill(): void;
}

/** What a child is started with. */
export interface ChildOptions {
  readonly args: readonly string[];
  readonly io: CommandIo;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes its log, line by line. */
  readonly onLine: (line: string) => void;
  /** It is killed after this time, milliseconds. */
  readonly timeoutMs: number;
}

/** Starts this program again with other arguments. */
export function startChild(options: ChildOptions): ChildProcess {
  const abort = new AbortController();
  const terminate = new AbortController();
  const runner = createSystemRunner({ env: options.io.env });
  const exited = runner.run({
    ...selfCommand(options.args),
    env: { NO_COLOR: "1", ...options.env },
    onStderrLine: options.onLine,
    timeoutMs: options.timeoutMs,
    signal: abort.signal,
    terminate: terminate.signal,
  });
  return {
    exited,
    terminate: () => terminate.abort(),
    kill: () => abort.abort(),
  };
}
