/**
 * Many workers in one process, each with a certificate, connections and a folder of its own and the
 * worker's real loop; only the renders are none. Told to end, it prints what was rendered.
 *
 *     deno run -A worker_crowd.ts SETTINGS.json
 *
 * @module
 */
import { join } from "@std/path";
import { createMasterClient } from "../../../mod/client/mod.ts";
import { createSystemClock, formatError, systemRandomBytes } from "../../../mod/core/mod.ts";
import { createLogger, type Logger } from "../../../mod/log/mod.ts";
import { getPreset } from "../../../mod/render/mod.ts";
import { createMtlsFetch, type IdentityPem, trustFarmOnly } from "../../../mod/tls/mod.ts";
import { openStateDir, runWorker } from "../../../mod/worker/mod.ts";
import { READY_PRESET } from "./ready_parts.ts";
import { type RenderSpan, TimedRenderer } from "./timed_renderer.ts";

/** One of the workers. */
export interface CrowdWorker {
  readonly name: string;
  readonly identity: IdentityPem;
  /** Speed of its renderer, frames per second. */
  readonly fps: number;
}

/** What the process is told. */
export interface CrowdSettings {
  readonly masterUrl: string;
  /** Existing folder for the workers' own. */
  readonly folder: string;
  /** Folder of `makeReadyParts`. */
  readonly partsFolder: string;
  readonly workers: readonly CrowdWorker[];
}

/** What the process prints at its end. */
export interface CrowdReport {
  /** Renders of each worker. */
  readonly spans: readonly (readonly RenderSpan[])[];
  /** Warnings and errors that workers logged, the last ones. */
  readonly complaints: readonly string[];
  /** Number of all of them. */
  readonly complaintCount: number;
}

const COMPLAINTS_KEPT = 20;
const clock = createSystemClock();

async function runOne(
  worker: CrowdWorker,
  given: {
    readonly settings: CrowdSettings;
    readonly renderer: TimedRenderer;
    readonly logger: Logger;
    readonly stop: AbortSignal;
  },
): Promise<void> {
  const { settings, renderer, logger, stop } = given;
  const { name, fps } = worker;
  const mtls = createMtlsFetch(worker.identity);
  const state = await openStateDir(join(settings.folder, name), { clock, logger });
  const encoder = getPreset(READY_PRESET).meltProperties["vcodec"];
  try {
    await runWorker({
      name,
      slots: 1,
      threads: 1,
      capabilities: {
        renderers: [{ id: "melt", version: "7" }],
        encoders: encoder === undefined ? [] : [encoder],
        services: [],
        cores: 1,
        memoryBytes: 0,
        os: "linux",
        benchmarkFps: fps,
        mediaAccess: ["https"],
      },
      master: createMasterClient({
        baseUrl: settings.masterUrl,
        fetch: (url, init) => mtls.fetch(url, init),
        clock,
        random: systemRandomBytes,
      }),
      media: { acquire: () => Promise.reject(new Error("No media is needed")) },
      renderer,
      state,
      clock,
      random: systemRandomBytes,
      logger,
      drain: new AbortController().signal,
      stop,
    });
  } finally {
    await state.close();
    mtls.close();
  }
}

async function main(settings: CrowdSettings): Promise<CrowdReport> {
  trustFarmOnly((name, value) => Deno.env.set(name, value));
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  Deno.addSignalListener("SIGTERM", onSignal);
  const complaints: string[] = [];
  let complaintCount = 0;
  const sink = (line: string): void => {
    complaintCount++;
    complaints.push(line);
    if (complaints.length > COMPLAINTS_KEPT) complaints.shift();
  };
  const { partsFolder } = settings;
  const renderers = await Promise.all(settings.workers.map(async (worker) => {
    const renderer = new TimedRenderer({ fps: worker.fps, partsFolder, clock });
    const logger = createLogger({
      sink,
      clock,
      level: "warn",
      fields: { workerName: worker.name },
    });
    await runOne(worker, { settings, renderer, logger, stop: stop.signal }).catch(
      (error: unknown) => sink(formatError(error)),
    );
    return renderer;
  }));
  Deno.removeSignalListener("SIGTERM", onSignal);
  return { spans: renderers.map(({ spans }) => spans), complaints, complaintCount };
}

if (import.meta.main) {
  const report = await main(JSON.parse(await Deno.readTextFile(Deno.args[0] ?? "")));
  console.log(JSON.stringify(report));
}
