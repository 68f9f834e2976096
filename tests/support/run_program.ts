import { createSystemRunner } from "../../mod/process/mod.ts";

const RUNNER = createSystemRunner({ env: (name) => Deno.env.get(name) });
const TIMEOUT_MS = 120_000;
const STDOUT_BYTES_MAX = 1024 * 1024 * 1024;

/**
 * Runs `ffmpeg`, `ffprobe` or `melt` for a test.
 *
 * @returns Standard output.
 * @throws {Error} With its last words, if it does not exit with 0.
 */
export async function runProgram(program: string, args: readonly string[]): Promise<Uint8Array> {
  const outcome = await RUNNER.run({
    program,
    args,
    timeoutMs: TIMEOUT_MS,
    stdoutBytesMax: STDOUT_BYTES_MAX,
  });
  if (outcome.code === 0) return outcome.stdout;
  throw new Error(`${program} ${args.join(" ")}: exit code ${outcome.code}\n${outcome.stderrTail}`);
}

/** The same, as text. */
export async function readProgram(program: string, args: readonly string[]): Promise<string> {
  return new TextDecoder().decode(await runProgram(program, args));
}
