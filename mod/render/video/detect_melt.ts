import { DomainError, isDomainError } from "../../core/mod.ts";
import type { ProcessRunner, Programs } from "../../process/mod.ts";

/** What this machine's melt is and can do. */
export interface MeltCapabilities {
  /** Its version, `7.12.0`. */
  readonly version: string;
  /** Services that plans may ask for and that it has, sorted. */
  readonly services: readonly string[];
}

/** Services without which nothing can be rendered. */
export const MELT_SERVICES_NEEDED = [
  "avformat",
  "color",
  "qimage",
  "qtblend",
  "timeremap",
] as const;
/** Services of effects. A worker without one cannot render projects that use it. */
const EFFECT_SERVICES = [
  "avfilter.geq",
  "avfilter.hflip",
  "avfilter.lutrgb",
  "avfilter.vflip",
  "qtcrop",
] as const;

const DETECT_TIMEOUT_MS = 20_000;

/**
 * Asks melt for its version and services.
 *
 * @returns `undefined` if there is no melt on this machine.
 * @throws {DomainError} `render_failed` if it is there but does not answer; `cancelled`.
 */
export async function detectMelt(
  deps: {
    readonly processes: ProcessRunner;
    readonly programs: Pick<Programs, "melt">;
    readonly signal?: AbortSignal;
  },
): Promise<MeltCapabilities | undefined> {
  const version = await ask(deps, ["--version"]);
  const listed = await ask(deps, ["-query"]);
  const links = await ask(deps, ["-query", "links"]);
  if (version === undefined || listed === undefined || links === undefined) return undefined;
  const names = new Set(
    `${listed}\n${links}`.split("\n").map((line) => /^\s+- (\S+)$/.exec(line)?.[1] ?? ""),
  );
  return {
    version: /melt (\d+(?:\.\d+)*)/.exec(version)?.[1] ?? "unknown",
    services: [...MELT_SERVICES_NEEDED, ...EFFECT_SERVICES].filter((name) => names.has(name))
      .toSorted(),
  };
}

async function ask(
  deps: Parameters<typeof detectMelt>[0],
  args: readonly string[],
): Promise<string | undefined> {
  try {
    const outcome = await deps.processes.run({
      program: deps.programs.melt,
      args,
      env: { DISPLAY: ":none", QT_QPA_PLATFORM: "offscreen" },
      timeoutMs: DETECT_TIMEOUT_MS,
      ...(deps.signal === undefined ? {} : { signal: deps.signal }),
    });
    if (outcome.endedBy === "signal") throw new DomainError("cancelled", "Cannot ask melt");
    if (outcome.endedBy === "timeout") {
      throw new DomainError("render_failed", "Cannot ask melt: it did not answer");
    }
    return `${new TextDecoder().decode(outcome.stdout)}\n${outcome.stderrTail}`;
  } catch (error) {
    if (isDomainError(error, "program_missing")) return undefined;
    throw error;
  }
}
