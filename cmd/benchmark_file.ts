import { join } from "@std/path";
import { toFileError } from "../mod/core/mod.ts";

/** A measured score, and what it was measured with: with anything else it says nothing. */
export interface Benchmark {
  /** Frames per second of one render on the built-in sample project, more than 0. */
  readonly fps: number;
  /** Renderer and version: `melt 7.12.0`. */
  readonly renderer: string;
  /** Threads of the render. */
  readonly threads: number;
  /** When, epoch milliseconds. */
  readonly measuredAtMs: number;
}

const FILE = "benchmark.json";

/**
 * The score of this machine with this renderer and so many threads.
 *
 * @param stateDir Folder of this machine's farm files.
 * @returns `undefined` if it was never measured so, or the file is damaged: it is measured again.
 */
export async function readBenchmark(
  stateDir: string,
  wanted: Pick<Benchmark, "renderer" | "threads">,
): Promise<Benchmark | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(join(stateDir, FILE));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw toFileError(error, `Cannot read ${join(stateDir, FILE)}`);
  }
  const found = parseBenchmark(text);
  const fits = found?.renderer === wanted.renderer && found.threads === wanted.threads;
  return fits ? found : undefined;
}

function parseBenchmark(text: string): Benchmark | undefined {
  let value: Partial<Record<keyof Benchmark, unknown>> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { fps, renderer, threads, measuredAtMs } = value ?? {};
  const isWhole = typeof fps === "number" && fps > 0 && typeof renderer === "string" &&
    typeof threads === "number" && typeof measuredAtMs === "number";
  return isWhole ? { fps, renderer, threads, measuredAtMs } : undefined;
}

/**
 * Keeps a score, in place of an earlier one.
 *
 * @param stateDir As of {@linkcode readBenchmark}; made if it is not there.
 * @throws {DomainError} `io_failed`, `disk_full`.
 */
export async function writeBenchmark(stateDir: string, benchmark: Benchmark): Promise<void> {
  const path = join(stateDir, FILE);
  try {
    await Deno.mkdir(stateDir, { recursive: true, mode: 0o700 });
    await Deno.writeTextFile(`${path}.partial`, JSON.stringify(benchmark) + "\n");
    await Deno.rename(`${path}.partial`, path);
  } catch (error) {
    throw toFileError(error, `Cannot write ${path}`);
  }
}
