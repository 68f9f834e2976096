/** A program while it runs. */
export interface RunningProgram {
  /** Threads that it has now; `undefined` if it has ended, or the system does not tell. */
  countThreads(): Promise<number | undefined>;
}

/** One call of a program. */
export interface ProcessSpec {
  /** Name on the search path, or absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  /** Added to a minimal environment (PATH, HOME, LANG=C.UTF-8, TMPDIR); nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory; the current one if absent. */
  readonly cwd?: string;
  /** Written to standard input, which is then closed. Absent: standard input is empty. */
  readonly stdin?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Takes standard output as it comes; what it returns is awaited, so a slow reader slows the program. Absent: collected up to `stdoutBytesMax`. */
  readonly onStdout?: (chunk: Uint8Array) => void | Promise<void>;
  /** Takes standard error line by line, without the line end (`\n` or `\r`). */
  readonly onStderrLine?: (line: string) => void;
  /** Called once it was started. */
  readonly onStarted?: (program: RunningProgram) => void;
  /** The program and all its children are killed after this time, milliseconds from start. */
  readonly timeoutMs: number;
  /** Kills the program and all its children. */
  readonly signal?: AbortSignal;
  /** Most bytes of standard output that are collected; more ends the call with `too_large`. Default 64 MiB. */
  readonly stdoutBytesMax?: number;
  /** Asks the program to end in order, with SIGTERM; what it does then is its own affair. */
  readonly terminate?: AbortSignal;
  /** Scheduling priority, 0 (normal) to 19 (most polite). Default 0. */
  readonly niceness?: number;
}

/** How a call ended. */
export interface ProcessOutcome {
  /** Exit code; 128 + n for signal n. */
  readonly code: number;
  /** What ended it: by itself, the deadline, or the caller's signal. */
  readonly endedBy: "exit" | "timeout" | "signal";
  /** Collected standard output; empty with `onStdout`. */
  readonly stdout: Uint8Array;
  /** Last lines of standard error, at most `LOG_TAIL_CHARS_MAX` characters. */
  readonly stderrTail: string;
}

/** Runs programs. Injected wherever one is needed, so that tests can count, delay and break calls. */
export interface ProcessRunner {
  /**
   * Runs a program to its end. Never leaves a child behind: whatever ends the call ends the whole
   * process group, and the group dies with this process on Linux.
   *
   * @param spec What to run and within which bounds.
   * @returns How it ended, also for exit codes other than 0.
   * @throws {DomainError} `program_missing` if there is no such program; `too_large` if it printed
   * more than `stdoutBytesMax`.
   */
  run(spec: ProcessSpec): Promise<ProcessOutcome>;
}
