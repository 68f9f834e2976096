/** Where a command writes and what it may know of its surroundings; replaced in tests. */
export interface CommandIo {
  /** Data for programs and people: what was asked for. */
  readonly stdout: (text: string) => void;
  /** Progress and diagnostics. */
  readonly stderr: (text: string) => void;
  /** Environment variable, or `undefined`. */
  readonly env: (name: string) => string | undefined;
  /** Whether standard error is a terminal, and how wide, columns. */
  readonly stderrColumns: number | undefined;
  /** Whether standard input is a terminal: only then may a command ask. */
  readonly isInteractive: boolean;
  /** Current directory, absolute. */
  readonly cwd: string;
  /**
   * Calls back for each signal that asks the program to end.
   *
   * @param handler Gets the signal's name.
   * @returns Stops listening.
   */
  readonly onStopSignal: (handler: (signal: "SIGINT" | "SIGTERM") => void) => () => void;
}

/** One subcommand. Never ends the process; returns its exit code. */
export interface Command {
  readonly name: string;
  /** One line for `olive help`. */
  readonly summary: string;
  /** What `--help` prints, with two runnable examples. */
  readonly usage: string;
  /**
   * Carries the command out.
   *
   * @param argv Arguments after the command's name.
   * @param io Surroundings.
   * @returns Exit code, see `exit_codes.ts`.
   * @throws {DomainError} Whatever failed; `run_program.ts` prints it and picks the exit code.
   */
  run(argv: readonly string[], io: CommandIo): Promise<number>;
}
