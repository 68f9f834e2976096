import { dirname, join } from "@std/path";
import { type Clock, createSystemClock, DomainError, systemRandomBytes } from "../mod/core/mod.ts";
import { createSilentLogger } from "../mod/log/mod.ts";
import { trustFarmOnly } from "../mod/tls/mod.ts";
import type { SubmitRequestInput } from "../mod/wire/mod.ts";
import { availableParallelism, platform, totalmem } from "node:os";
import type { CommandIo } from "./command.ts";
import { connectAs, type FarmConnection, findIdentity } from "./farm_connection.ts";
import { programsOf } from "./program_settings.ts";
import { startMaster } from "./start_master.ts";
import { startWorker } from "./start_worker.ts";
import { DEFAULT_HOSTS_LOCAL } from "./default_ports.ts";

const CACHE_BYTES_MAX = 1024 ** 4;
const STOP_GRACE_MS = 2_000;
const WORKER_POLL_MS = 20;

/**
 * A farm inside this process: a master and a worker on loopback, with certificates of their own, in
 * a temporary folder. Closing it leaves nothing behind.
 *
 * @param request What is to be exported; its folder's disk takes the media cache.
 * @throws {DomainError} What starting a master or a worker throws.
 */
export async function openLocalFarm(
  request: Pick<SubmitRequestInput, "projectPath">,
  io: CommandIo,
): Promise<FarmConnection> {
  trustFarmOnly((name, value) => Deno.env.set(name, value));
  const folder = await Deno.makeTempDir({ prefix: "olive-local-" });
  const closing: (() => Promise<unknown>)[] = [
    () => Deno.remove(folder, { recursive: true }),
  ];
  const close = async (): Promise<void> => {
    for (const step of closing.toReversed()) await step();
  };
  try {
    const clock = createSystemClock();
    const logger = createSilentLogger();
    const common = {
      clock,
      logger,
      random: systemRandomBytes,
      env: io.env,
      programs: programsOf({ io }),
    };
    const stateDir = join(folder, "state");
    const master = await startMaster({
      ...common,
      stateDir,
      hostName: "local",
      personName: "local",
      hosts: DEFAULT_HOSTS_LOCAL,
      database: { location: join(stateDir, "olive.db"), authToken: undefined },
      listen: { hostname: "127.0.0.1", port: 0 },
      enrol: undefined,
      // The person's own machine and rights: nothing to be kept from them.
      roots: [rootOf(dirname(request.projectPath))],
    });
    closing.push(() => master.stop(STOP_GRACE_MS));
    const stop = new AbortController();
    const worker = startWorker({
      ...common,
      identity: await findIdentity(stateDir, ["worker"]),
      masterUrl: master.url,
      name: "local",
      slots: 1,
      threads: availableParallelism(),
      stateDir: join(folder, "worker"),
      cacheDir: join(folder, "cache"),
      cacheBytesMax: CACHE_BYTES_MAX,
      machine: { cores: availableParallelism(), memoryBytes: totalmem(), os: platform() },
      drain: stop.signal,
      stop: stop.signal,
    });
    const failure = worker.then(() => undefined, (error: unknown) => error);
    closing.push(async () => {
      stop.abort();
      await failure;
    });
    const farm = connectAs(await findIdentity(stateDir, ["admin"]), master.url);
    closing.push(() => farm.close());
    await untilOnline(farm, { failure, clock });
    return { ...farm, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A worker that cannot start must not leave the job waiting for ever. */
async function untilOnline(
  farm: FarmConnection,
  context: { readonly failure: Promise<unknown>; readonly clock: Clock },
): Promise<void> {
  for (;;) {
    const { workers } = await farm.client.listWorkers();
    if (workers.some((worker) => worker.state === "online")) return;
    const pause = context.clock.sleep(WORKER_POLL_MS).then(() => "pause" as const);
    const outcome = await Promise.race([context.failure, pause]);
    if (outcome !== "pause") {
      throw outcome ?? new DomainError("internal", "Cannot start the worker: it has ended");
    }
  }
}

function rootOf(path: string): string {
  return Deno.build.os === "windows" ? path.slice(0, 3) : "/";
}
