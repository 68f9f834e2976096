import type { CommandIo } from "./command.ts";

/** Shows one changing line: rewritten in place on a terminal, a plain line now and then elsewhere. */
export interface ProgressDisplay {
  /** Columns that a line may take. */
  readonly columns: number;
  /** Shows the line; elsewhere than on a terminal only when it changed and not too often. */
  show(line: string): void;
  /** Prints lines that stay, above the changing one. */
  print(text: string): void;
  /** Ends the changing line. */
  close(): void;
}

const PLAIN_COLUMNS = 120;
const PLAIN_INTERVAL_MS = 5_000;

/** A display on standard error. `monotonicMs` is the clock that spaces plain lines. */
export function createProgressDisplay(
  io: CommandIo,
  monotonicMs: () => number,
): ProgressDisplay {
  return io.stderrColumns === undefined
    ? plainDisplay(io, monotonicMs)
    : terminalDisplay(io, io.stderrColumns);
}

function terminalDisplay(io: CommandIo, columns: number): ProgressDisplay {
  let shown = "";
  const erase = (): void => {
    if (shown !== "") io.stderr("\r\x1b[K");
    shown = "";
  };
  return {
    columns: columns - 1,
    show(line): void {
      if (line === shown) return;
      io.stderr(`\r${line}\x1b[K`);
      shown = line;
    },
    print(text): void {
      erase();
      io.stderr(text);
    },
    close(): void {
      if (shown !== "") io.stderr("\n");
      shown = "";
    },
  };
}

function plainDisplay(io: CommandIo, monotonicMs: () => number): ProgressDisplay {
  let shown = "";
  let shownAtMs = Number.NEGATIVE_INFINITY;
  let pending = "";
  const write = (line: string): void => {
    io.stderr(line + "\n");
    shown = line;
    shownAtMs = monotonicMs();
  };
  return {
    columns: PLAIN_COLUMNS,
    show(line): void {
      pending = line;
      if (line !== shown && monotonicMs() - shownAtMs >= PLAIN_INTERVAL_MS) write(line);
    },
    print: (text) => io.stderr(text),
    close(): void {
      if (pending !== "" && pending !== shown) write(pending);
    },
  };
}
