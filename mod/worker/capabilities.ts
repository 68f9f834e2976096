import { DomainError } from "../core/mod.ts";
import { INSTALL_HINT } from "../process/mod.ts";
import type { Capabilities } from "../wire/mod.ts";

const RENDERERS_MAX = 16;
const ENCODERS_MAX = 400;
const SERVICES_MAX = 4_000;

/** What the programs of this machine can do, as a look at them found it. */
export type DetectedPrograms = Pick<Capabilities, "renderers" | "encoders" | "services">;

/** What the machine itself is. */
export interface MachineFacts {
  /** Processors that this process may use, 1 or more. */
  readonly cores: number;
  /** Main memory, bytes. */
  readonly memoryBytes: number;
  /** `linux`, `darwin`, `windows`. */
  readonly os: string;
}

/** What {@linkcode assembleCapabilities} needs. */
export interface CapabilitiesSource {
  /** Looks at the programs. */
  readonly detect: () => Promise<DetectedPrograms>;
  /** Name or path under which the renderer is looked for; said when it is not there. */
  readonly rendererProgram: string;
  /** The machine itself. */
  readonly machine: MachineFacts;
  /** Frames per second on the built-in sample; 0 if not measured. */
  readonly benchmarkFps?: number;
  /** How this worker can read media. Default: from the master alone. */
  readonly mediaAccess?: Capabilities["mediaAccess"];
}

/**
 * Puts together what a worker tells its master about itself: sorted, without repetitions, within the
 * wire's limits.
 *
 * @throws {DomainError} `program_missing` without any renderer: such a worker is of no use.
 */
export async function assembleCapabilities(source: CapabilitiesSource): Promise<Capabilities> {
  const { detect, machine, benchmarkFps = 0, mediaAccess = ["https"] } = source;
  const { renderers, encoders, services } = await detect();
  if (renderers.length === 0) {
    const program = source.rendererProgram;
    throw new DomainError(
      "program_missing",
      `Cannot work: this machine has no renderer ${JSON.stringify(program)}`,
      { hint: INSTALL_HINT, details: { program } },
    );
  }
  return {
    renderers: renderers.slice(0, RENDERERS_MAX),
    encoders: sortedOnce(encoders).slice(0, ENCODERS_MAX),
    services: sortedOnce(services).slice(0, SERVICES_MAX),
    cores: Math.max(1, Math.floor(machine.cores)),
    memoryBytes: Math.max(0, machine.memoryBytes),
    os: machine.os.slice(0, 40),
    benchmarkFps: Math.max(0, benchmarkFps),
    mediaAccess: [...mediaAccess],
  };
}

function sortedOnce(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted();
}
