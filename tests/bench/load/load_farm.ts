import { fromFileUrl, join } from "@std/path";
import { createSystemClock } from "../../../mod/core/mod.ts";
import { openDatabase } from "../../../mod/db/mod.ts";
import type { ProcessRunner } from "../../../mod/process/mod.ts";
import type { JobState } from "../../../mod/core/mod.ts";
import { OliveProcess } from "../../support/olive.ts";
import { type BenchFarm, startBenchFarm } from "../bench_farm.ts";
import { makeFakeProject } from "../fake_project.ts";
import { issueWorkers } from "./issue_workers.ts";
import { makeReadyParts, READY_PRESET } from "./ready_parts.ts";
import type { CrowdReport, CrowdSettings } from "./worker_crowd.ts";

/** A film that many workers render. */
export interface LoadJob {
  /** Length, frames. */
  readonly frames: number;
  /** Shortest and longest part, seconds of work. */
  readonly minPartSeconds: number;
  readonly maxPartSeconds: number;
}

/** What {@linkcode startLoadFarm} starts. */
export interface LoadFarmOptions {
  /** Speed of each worker, frames per second; as many workers as there are speeds. */
  readonly speeds: readonly number[];
  /** Processes that the workers are spread over. */
  readonly processes: number;
  readonly runner: ProcessRunner;
}

/** Pictures as small as can be: what is measured is everything beside them. */
const SIZE = { width: 64, height: 36 };
/** Frames per second of the film, not of the renderers: many frames make little sound. */
const FILM_FPS = 240;
const POLL_MS = 500;
const CROWD = fromFileUrl(new URL("worker_crowd.ts", import.meta.url));
const ONLINE_MS_MAX = 90_000;
const END_MS_MAX = 60_000;
const clock = createSystemClock();

/** A real master, and many workers that only pretend to render. Disposing of it leaves nothing behind. */
export class LoadFarm implements AsyncDisposable {
  readonly farm: BenchFarm;
  /** Processes of the workers. */
  readonly crowd: readonly OliveProcess[];
  readonly #folder: string;
  readonly #options: LoadFarmOptions;

  /** Made by {@linkcode startLoadFarm}. */
  constructor(parts: {
    readonly farm: BenchFarm;
    readonly crowd: readonly OliveProcess[];
    readonly folder: string;
    readonly options: LoadFarmOptions;
  }) {
    this.farm = parts.farm;
    this.crowd = parts.crowd;
    this.#folder = parts.folder;
    this.#options = parts.options;
  }

  /** Waits until so many workers are online. */
  async untilOnline(count: number): Promise<void> {
    const client = await this.farm.client();
    const endsAtMs = clock.monotonicMs() + ONLINE_MS_MAX;
    for (;;) {
      const { workersOnline } = await client.status();
      if (workersOnline >= count) return;
      if (clock.monotonicMs() > endsAtMs) {
        throw new Error(`Only ${workersOnline} of ${count} workers are online`);
      }
      await clock.sleep(POLL_MS);
    }
  }

  /** Makes the film's project, and parts of every length that may be asked for. */
  async prepare(job: LoadJob): Promise<string> {
    const { speeds, runner } = this.#options;
    const folder = join(this.#folder, "parts");
    // A last sliver joins its neighbour, and a speed may be overestimated.
    const framesMax = Math.ceil(3 * Math.max(...speeds) * job.maxPartSeconds);
    await makeReadyParts({ ...SIZE, folder, framesMax, fps: FILM_FPS });
    return await makeFakeProject(this.farm.folder, {
      ...SIZE,
      frames: job.frames,
      fps: FILM_FPS,
      runner,
    });
  }

  /** Submits a prepared project. @returns Id of the job. */
  async submit(project: string, job: LoadJob): Promise<string> {
    const client = await this.farm.client();
    const { minPartSeconds, maxPartSeconds } = job;
    const reply = await client.submit({
      projectPath: project,
      outputPath: join(this.farm.folder, "film.mkv"),
      preset: READY_PRESET,
      minPartSeconds,
      maxPartSeconds,
    });
    return reply.job.id;
  }

  /** Waits until the job is in one of these states. */
  async untilState(
    jobId: string,
    wanted: { readonly states: readonly JobState[]; readonly timeoutMs: number },
  ): Promise<void> {
    const client = await this.farm.client();
    const endsAtMs = clock.monotonicMs() + wanted.timeoutMs;
    for (;;) {
      const { jobs } = await client.listJobs({ limit: 1 });
      const job = jobs.find(({ id }) => id === jobId);
      if (job !== undefined && wanted.states.includes(job.state)) return;
      if (job?.state === "failed" || clock.monotonicMs() > endsAtMs) {
        throw new Error(`The job is ${job?.state}: ${job?.reason}`);
      }
      await clock.sleep(POLL_MS);
    }
  }

  /** Tells the workers to end. @returns What they rendered. */
  async endCrowd(): Promise<readonly CrowdReport[]> {
    for (const process of this.crowd) process.signal("SIGTERM");
    return await Promise.all(this.crowd.map(async (process) => {
      const { stdout } = await process.waitForEnd({ timeoutMs: END_MS_MAX });
      return JSON.parse(stdout) as CrowdReport;
    }));
  }

  /** Reads the farm's database beside the master. */
  async query<Row>(sql: string): Promise<readonly Row[]> {
    const db = await openDatabase({ location: databasePath(this.farm), clock });
    try {
      return await db.read((tx) => tx.all<Row>(sql));
    } finally {
      await db.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.crowd) await process[Symbol.asyncDispose]();
    await this.farm[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Starts a master and its workers. Resolves when all are online. */
export async function startLoadFarm(options: LoadFarmOptions): Promise<LoadFarm> {
  const { speeds, processes } = options;
  const farm = await startBenchFarm([]);
  const folder = await makeWorkersFolder();
  const crowd: OliveProcess[] = [];
  const load = new LoadFarm({ farm, crowd, folder, options });
  try {
    await Deno.mkdir(join(folder, "parts"));
    const names = speeds.map((_, index) => `w${index}`);
    const { stateDir } = farm;
    const identities = await issueWorkers(names, { stateDir, database: databasePath(farm) });
    const workers = identities.map((identity, index) => ({
      identity,
      name: names[index] ?? "",
      fps: speeds[index] ?? 1,
    }));
    for (let index = 0; index < processes; index++) {
      const settings: CrowdSettings = {
        masterUrl: farm.url,
        folder,
        partsFolder: join(folder, "parts"),
        workers: workers.filter((_, at) => at % processes === index),
      };
      const path = join(folder, `crowd-${index}.json`);
      await Deno.writeTextFile(path, JSON.stringify(settings), { mode: 0o600 });
      const command = [Deno.execPath(), "run", "-A", "--quiet", "--frozen", CROWD];
      crowd.push(new OliveProcess([path], { name: `crowd ${index}`, command }));
    }
    await load.untilOnline(names.length);
    return load;
  } catch (error) {
    const dumps = [farm.dump(), ...crowd.map((process) => process.dump())];
    await load[Symbol.asyncDispose]();
    throw new Error(`Cannot start the farm\n${dumps.join("\n")}`, { cause: error });
  }
}

function databasePath(farm: BenchFarm): string {
  return join(farm.stateDir, "olive.db");
}

/** Each worker has a disk of its own; here they would share one, so theirs is memory where that can be had. */
async function makeWorkersFolder(): Promise<string> {
  const inMemory = { dir: "/dev/shm", prefix: "olive-crowd-" };
  return await Deno.makeTempDir(inMemory).catch(() =>
    Deno.makeTempDir({ prefix: inMemory.prefix })
  );
}
