import type { CommandIo } from "./command.ts";

/** The surroundings of the real process. */
export function createProcessIo(): CommandIo {
  return {
    stdout: (text) => writeAll(Deno.stdout, text),
    stderr: (text) => writeAll(Deno.stderr, text),
    env: (name) => Deno.env.get(name),
    stderrColumns: terminalColumns(),
    isInteractive: Deno.stdin.isTerminal(),
    cwd: Deno.cwd(),
    onStopSignal(handler): () => void {
      const onInterrupt = (): void => handler("SIGINT");
      const onTerminate = (): void => handler("SIGTERM");
      Deno.addSignalListener("SIGINT", onInterrupt);
      const hasTerminate = Deno.build.os !== "windows";
      if (hasTerminate) Deno.addSignalListener("SIGTERM", onTerminate);
      return () => {
        Deno.removeSignalListener("SIGINT", onInterrupt);
        if (hasTerminate) Deno.removeSignalListener("SIGTERM", onTerminate);
      };
    },
  };
}

function writeAll(target: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  let done = 0;
  try {
    while (done < bytes.length) done += target.writeSync(bytes.subarray(done));
  } catch (error) {
    // Whoever read our output has gone (`olive jobs | head -1`): nobody is left to tell.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function terminalColumns(): number | undefined {
  if (!Deno.stderr.isTerminal()) return undefined;
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80;
  }
}
