import { join } from "@std/path";
import { identityDir, loadIdentityFiles } from "../../certs/mod.ts";
import { createMasterClient } from "../../mod/client/mod.ts";
import { createSystemClock, systemRandomBytes } from "../../mod/core/mod.ts";
import { openMediaCache } from "../../mod/media/mod.ts";
import { createMtlsFetch } from "../../mod/tls/mod.ts";
import { createFetchRange } from "../../mod/worker/mod.ts";
import { type JobFile, routePath } from "../../mod/wire/mod.ts";
import type { Bench, BenchContext, Measurement } from "./bench.ts";
import { type BenchFarm, type BenchWorker, startBenchFarm } from "./bench_farm.ts";
import { makeFakeProject } from "./fake_project.ts";
import { readMemory } from "./machine_load.ts";

const MIB = 1024 ** 2;
const IDLE_MS = 10_000;
const MEDIA_BYTES = 512 * MIB;
const FRAMES = 300;
const TRANSFERS = 3;
const BEGIN_MS_MAX = 120_000;
const POLL_MS = 100;
const clock = createSystemClock();

/** What a farm costs while it stands, and how fast media go over it. */
export const FARM_STATE_BENCHES: readonly Bench[] = [
  {
    name: "master-memory",
    what: `memory of an idle master, ${IDLE_MS / 1_000} s after its worker came`,
    unit: "MiB",
    bar: { kind: "at most", value: 150 },
    measure: () => measureIdle((farm) => farm.master.pid),
  },
  {
    name: "worker-memory",
    what: `memory of an idle worker, ${IDLE_MS / 1_000} s after it came`,
    unit: "MiB",
    bar: { kind: "at most", value: 120 },
    measure: () => measureIdle((farm) => farm.worker("idle").process.pid),
  },
  {
    name: "media",
    what: "media of 512 MiB over https into the worker's cache, checked: speed of `curl` = 100",
    unit: "%",
    bar: { kind: "at least", value: 80 },
    measure: measureMedia,
  },
];

async function measureIdle(pidOf: (farm: BenchFarm) => number): Promise<Measurement> {
  await using farm = await startBenchFarm([{ name: "idle", fps: 100 }]);
  await clock.sleep(IDLE_MS);
  const { residentMib, peakMib } = await readMemory(pidOf(farm));
  return { value: residentMib, details: { residentMib, peakMib } };
}

async function measureMedia(context: BenchContext): Promise<Measurement> {
  await using farm = await startBenchFarm([{ name: "reader", fps: 100, isHung: true }]);
  const before = await readMemories(farm);
  const project = await makeFakeProject(farm.folder, { frames: FRAMES, runner: context.runner });
  await padMovie(join(farm.folder, "bench.mp4"), MEDIA_BYTES);
  const client = await farm.client();
  const { job } = await client.submit({
    projectPath: project,
    outputPath: join(farm.folder, "film.mkv"),
    preset: "lossless",
  });
  // The renderer hangs, so the worker keeps its part, and may read the part's media.
  await untilRendering(farm);
  const after = await readMemories(farm);
  const speeds = await compareTransfers(farm, { jobId: job.id, context });
  await client.cancelJob(job.id);
  const note = `${speeds.ours.toFixed(0)} MiB/s, curl ${speeds.curl.toFixed(0)} MiB/s; ` +
    `most memory: master ${after.master.toFixed(0)}, worker ${after.worker.toFixed(0)} MiB`;
  return {
    value: 100 * speeds.ours / speeds.curl,
    details: {
      note,
      mibPerSecond: speeds.ours,
      curlMibPerSecond: speeds.curl,
      masterPeakMib: after.master,
      workerPeakMib: after.worker,
      masterPeakBeforeMib: before.master,
      workerPeakBeforeMib: before.worker,
    },
  };
}

async function readMemories(farm: BenchFarm): Promise<{ master: number; worker: number }> {
  const [worker] = farm.workers;
  const peak = async (pid: number): Promise<number> => (await readMemory(pid)).peakMib;
  return {
    master: await peak(farm.master.pid),
    worker: worker === undefined ? 0 : await peak(worker.process.pid),
  };
}

/** Appends an empty box to a movie: larger, and the same movie. */
async function padMovie(path: string, padBytes: number): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  const sizeBytes = await file.seek(0, Deno.SeekMode.End);
  const head = new Uint8Array(8);
  new DataView(head.buffer).setUint32(0, padBytes);
  head.set(new TextEncoder().encode("free"), 4);
  await file.write(head);
  await file.truncate(sizeBytes + padBytes);
}

async function untilRendering(farm: BenchFarm): Promise<void> {
  const client = await farm.client();
  const endsAtMs = clock.monotonicMs() + BEGIN_MS_MAX;
  while (clock.monotonicMs() < endsAtMs) {
    const { workers } = await client.listWorkers();
    const attempts = workers.flatMap((worker) => worker.attempts);
    if (attempts.some(({ kind, phase }) => kind === "video" && phase === "rendering")) return;
    await clock.sleep(POLL_MS);
  }
  throw new Error(`No part was begun\n${farm.dump()}`);
}

/** Speeds, MiB per second: the best of some transfers each, by turns. */
async function compareTransfers(
  farm: BenchFarm,
  given: { readonly jobId: string; readonly context: BenchContext },
): Promise<{ ours: number; curl: number }> {
  const { context, jobId } = given;
  const [worker] = farm.workers;
  if (worker === undefined) throw new RangeError("Cannot transfer media without a worker");
  const identity = await loadIdentityFiles(identityDir(worker.stateDir, "worker"));
  const mtls = createMtlsFetch(identity);
  try {
    const master = createMasterClient({
      baseUrl: farm.url,
      fetch: (url, init) => mtls.fetch(url, init),
      clock,
      random: systemRandomBytes,
    });
    const { reply } = await master.getPlan(jobId);
    const [file] = reply.files.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
    if (file === undefined) throw new Error("The job has no media");
    const mib = file.sizeBytes / MIB;
    const best = { ours: 0, curl: 0 };
    for (let turn = 0; turn < TRANSFERS; turn++) {
      const folder = join(farm.folder, `cache ${turn}`);
      const fetchRange = createFetchRange(master);
      const ourSeconds = await timeOurs(file, { folder, fetchRange, jobId });
      const curlSeconds = await timeCurl(file, { farm, worker, jobId, context });
      best.ours = Math.max(best.ours, mib / ourSeconds);
      best.curl = Math.max(best.curl, mib / curlSeconds);
      context.say(`${ourSeconds.toFixed(2)} s, curl ${curlSeconds.toFixed(2)} s`);
      await Deno.remove(folder, { recursive: true });
    }
    return best;
  } finally {
    mtls.close();
  }
}

async function timeOurs(
  file: JobFile,
  given: {
    readonly folder: string;
    readonly fetchRange: ReturnType<typeof createFetchRange>;
    readonly jobId: string;
  },
): Promise<number> {
  const { folder, fetchRange, jobId } = given;
  const cache = await openMediaCache({ folder, sizeBytesMax: 2 * MEDIA_BYTES, fetchRange, clock });
  try {
    const startedMs = performance.now();
    const held = await cache.acquire({
      fileId: `${jobId}/${file.fileId}`,
      sha256: file.sha256,
      sizeBytes: file.sizeBytes,
      name: file.fileId + file.extension,
    });
    held.release();
    return (performance.now() - startedMs) / 1_000;
  } finally {
    await cache.close();
  }
}

async function timeCurl(
  file: JobFile,
  given: {
    readonly farm: BenchFarm;
    readonly worker: BenchWorker;
    readonly jobId: string;
    readonly context: BenchContext;
  },
): Promise<number> {
  const { farm, worker, jobId, context } = given;
  const dir = identityDir(worker.stateDir, "worker");
  const to = join(farm.folder, "curl.out");
  const startedMs = performance.now();
  const outcome = await context.runner.run({
    program: "curl",
    args: [
      ...["--silent", "--show-error", "--fail", "--output", to, "--header", "olive-protocol: 1.0"],
      ...["--cacert", join(dir, "ca.pem"), "--cert", join(dir, "cert.pem")],
      ...["--key", join(dir, "key.pem")],
      farm.url + routePath("getFile", { id: jobId, fileId: file.fileId }),
    ],
    timeoutMs: BEGIN_MS_MAX,
  });
  if (outcome.code !== 0) throw new Error(`curl: ${outcome.stderrTail}`);
  const seconds = (performance.now() - startedMs) / 1_000;
  await Deno.remove(to);
  return seconds;
}
