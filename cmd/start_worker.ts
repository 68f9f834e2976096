import { join } from "@std/path";
import { type LoadedIdentity, needsRenewal, renewIdentity } from "../certs/mod.ts";
import { createMasterClient } from "../mod/client/mod.ts";
import { type Clock, formatError, type RandomBytes } from "../mod/core/mod.ts";
import type { Logger } from "../mod/log/mod.ts";
import { openMediaCache } from "../mod/media/mod.ts";
import { createSystemRunner, type Programs } from "../mod/process/mod.ts";
import { createMtlsFetch } from "../mod/tls/mod.ts";
import {
  assembleCapabilities,
  createFetchRange,
  openStateDir,
  runWorker,
  type WorkerEnd,
  type WorkerProgress,
} from "../mod/worker/mod.ts";
import { createPartRenderer, detectPrograms } from "./part_renderer.ts";
import { WorkerBenchmark } from "./worker_benchmark.ts";

/** Everything that a worker process is made of. */
export interface WorkerSetup {
  readonly identity: LoadedIdentity;
  readonly masterUrl: string;
  /** `host` or `host:label`. */
  readonly name: string;
  readonly slots: number;
  /** Threads of one render. */
  readonly threads: number;
  /** Folder of this worker alone. */
  readonly stateDir: string;
  /** Folder of this worker's media cache alone. */
  readonly cacheDir: string;
  readonly cacheBytesMax: number;
  readonly programs: Programs;
  readonly env: (name: string) => string | undefined;
  readonly machine: { readonly cores: number; readonly memoryBytes: number; readonly os: string };
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly logger: Logger;
  readonly drain: AbortSignal;
  readonly stop: AbortSignal;
  readonly onProgress?: (progress: WorkerProgress) => void;
  /** Folder of this machine's score. Absent: this worker neither tells nor measures one. */
  readonly benchmarkDir?: string;
}

const RENEWAL_CHECK_MS = 3_600_000;

/**
 * Runs a worker until it is told to end; joins its parts and takes them down again.
 *
 * @throws {DomainError} What `runWorker`, `openStateDir` and `assembleCapabilities` throw.
 */
export async function startWorker(setup: WorkerSetup): Promise<WorkerEnd> {
  const { clock, random, logger, programs } = setup;
  const mtls = createMtlsFetch(setup.identity);
  const state = await openStateDir(setup.stateDir, { clock, logger });
  const ended = new AbortController();
  try {
    const processes = createSystemRunner({ env: setup.env, onGroup: state.onGroup });
    const master = createMasterClient({
      baseUrl: setup.masterUrl,
      fetch: (url, init) => mtls.fetch(url, init),
      clock,
      random,
    });
    const detected = await assembleCapabilities({
      detect: () => detectPrograms({ programs, processes }),
      rendererProgram: programs.melt,
      machine: setup.machine,
    });
    const [renderer] = detected.renderers;
    const rendererName = `${renderer?.id} ${renderer?.version}`;
    const benchmark = await WorkerBenchmark.open({ ...setup, rendererName, processes });
    const media = await openMediaCache({
      folder: setup.cacheDir,
      sizeBytesMax: setup.cacheBytesMax,
      fetchRange: createFetchRange(master),
      clock,
    });
    const renewing = keepRenewed(setup, {
      renew: (csrPem) => master.renewCertificate({ csrPem }),
      reload: (identity) => mtls.reload(identity),
      signal: ended.signal,
    });
    const measuring = benchmark.run(ended.signal);
    try {
      return await runWorker({
        ...setup,
        capabilities: {
          ...detected,
          // Read at every introduction: it may be measured meanwhile.
          get benchmarkFps(): number {
            return benchmark.fps;
          },
        },
        onRunning: (introduceAgain) => benchmark.onRunning(introduceAgain),
        onProgress(progress): void {
          benchmark.onProgress(progress);
          setup.onProgress?.(progress);
        },
        master,
        media,
        renderer: createPartRenderer({ programs, processes, clock, rendererName }),
        state,
      });
    } finally {
      ended.abort();
      await Promise.all([renewing, measuring]);
      await media.close();
    }
  } finally {
    await state.close();
    mtls.close();
  }
}

/** Renews the certificate by itself in the last third of its life. */
async function keepRenewed(
  setup: WorkerSetup,
  deps: {
    renew: Parameters<typeof renewIdentity>[1]["renew"];
    reload: (identity: LoadedIdentity) => void;
    signal: AbortSignal;
  },
): Promise<void> {
  let { identity } = setup;
  do {
    if (!needsRenewal(identity.facts, setup.clock.nowMs())) continue;
    try {
      identity = await renewIdentity(identity, { renew: deps.renew, clock: setup.clock });
      deps.reload(identity);
      setup.logger.info("certificate_renewed", "This worker's certificate was renewed");
    } catch (error) {
      // The old one holds for a third of its life yet; the next look tries again.
      setup.logger.warn("loop_failed", `Cannot renew: ${formatError(error)}`, { err: error });
    }
  } while (await setup.clock.sleep(RENEWAL_CHECK_MS, deps.signal));
}

/** Folders of one worker process below the state and cache folders of the machine. */
export function workerFolders(
  bases: { readonly stateDir: string; readonly cacheDir: string },
  workerName: string,
): { stateDir: string; cacheDir: string } {
  const folder = workerName.replaceAll(":", "+");
  return {
    stateDir: join(bases.stateDir, "workers", folder),
    cacheDir: join(bases.cacheDir, "workers", folder),
  };
}
