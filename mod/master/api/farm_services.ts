import type { RandomBytes } from "../../core/mod.ts";
import { DomainError, type Identity } from "../../core/mod.ts";
import type { Db } from "../../db/mod.ts";
import {
  assertWorksOn,
  type CertificateServices,
  type Farm,
  type FilmMaker,
  type JobFolders,
  type NewJob,
  ownAttempt,
  ownRunningAttempt,
  prepareJob,
  readPlanText,
  type SubmissionDeps,
  toJobToCreate,
  type Uploads,
} from "../mod.ts";
import { findJobByKey, findJobMedia } from "../../store/mod.ts";
import type {
  AttemptReportReply,
  JobPatch,
  JobView,
  SubmitReply,
  SubmitRequest,
} from "../../wire/mod.ts";
import type { MasterServices, ServedFile } from "./services.ts";

/** What the master's services are made of. */
export interface FarmServicesDeps {
  readonly farm: Farm;
  readonly films: FilmMaker;
  readonly db: Db;
  readonly folders: JobFolders;
  readonly uploads: Uploads;
  readonly submission: SubmissionDeps;
  readonly certificates: CertificateServices;
  readonly random: RandomBytes;
}

/** Joins the services of the master to what the routes call. */
export function createFarmServices(deps: FarmServicesDeps): MasterServices {
  const { farm, db, uploads, folders } = deps;
  return {
    status: () => farm.status(),
    submit: (request, who) => submit(deps, { request, who }),
    listJobs: (limit) => farm.listJobs(limit),
    getJob: (jobId) => farm.viewJobDetail(jobId),
    getJobLogs: (jobId) => farm.viewJobLogs(jobId),
    patchJob: (jobId, patch, who) => patchJob(deps, { jobId, patch, who }),
    cancelJob: async (jobId, who) => {
      await farm.cancelJob({ jobId, by: who.name });
      await deps.films.ended(jobId);
      await folders.removeWork(jobId);
      return await farm.viewJob(jobId);
    },
    jobEvents: (jobId, afterId, signal) => farm.jobEvents(jobId, { afterId, signal }),
    listWorkers: () => farm.listWorkers(),
    register: (name, registration, address) => farm.register(name, { registration, address }),
    sync: (name, request, signal) => farm.sync(name, { request, signal }),
    async getPlan(jobId, who): Promise<string> {
      await assertWorksOn(db, { jobId, who });
      return await readPlanText(folders.plan(jobId));
    },
    async getFile(jobId, fileId, who): Promise<ServedFile> {
      await assertWorksOn(db, { jobId, who });
      const file = await db.read((tx) => findJobMedia(tx, { jobId, fileId }));
      if (file !== undefined) return file;
      throw new DomainError("file_not_found", `Cannot find file ${fileId} of job ${jobId}`);
    },
    uploadStatus: async (attemptId, who) =>
      await uploads.status(await ownRunningAttempt(db, { attemptId, who })),
    uploadPiece: async (attemptId, piece, who) =>
      await uploads.accept(await ownRunningAttempt(db, { attemptId, who }), piece),
    async report(attemptId, report, who): Promise<AttemptReportReply> {
      await ownAttempt(db, { attemptId, who });
      return await farm.report(attemptId, report);
    },
    renewCertificate: (request, who) => deps.certificates.renew(request, who),
  };
}

async function submit(
  deps: FarmServicesDeps,
  asked: { readonly request: SubmitRequest; readonly who: Identity },
): Promise<SubmitReply> {
  const { farm, db, folders } = deps;
  const { idempotencyKey } = asked.request;
  if (idempotencyKey !== undefined) {
    const submittedBy = asked.who.name;
    const known = await db.read((tx) => findJobByKey(tx, { submittedBy, idempotencyKey }));
    if (known !== undefined) return { job: await farm.viewJob(known.id), isNew: false };
  }
  const prepared = await prepareNext(deps, asked);
  const { job, isNew } = await farm.createJob(toJobToCreate(prepared));
  if (isNew) deps.films.watch(job.id);
  else await folders.removeAll(prepared.id);
  return { job: await farm.viewJob(job.id), isNew };
}

/** Reads a project. One of a folder counts as to come for as long as it is neither a job nor refused. */
async function prepareNext(
  deps: FarmServicesDeps,
  asked: { readonly request: SubmitRequest; readonly who: Identity },
): Promise<NewJob> {
  const { request, who } = asked;
  const prepare = (): Promise<NewJob> => prepareJob(request, { who, deps: deps.submission });
  if (request.workflow !== "full") return await prepare();
  deps.farm.expectProjects(request.projectsToCome + 1);
  try {
    return await prepare();
  } finally {
    deps.farm.expectProjects(request.projectsToCome);
  }
}

async function patchJob(
  deps: FarmServicesDeps,
  asked: { readonly jobId: string; readonly patch: JobPatch; readonly who: Identity },
): Promise<JobView> {
  const { farm, films } = deps;
  const { jobId, patch } = asked;
  const order = { jobId, by: asked.who.name };
  if (patch.priority !== undefined) {
    await farm.reprioritizeJob({ ...order, priority: patch.priority });
  }
  switch (patch.action) {
    case "pause":
      await farm.pauseJob(order);
      break;
    case "resume":
      await farm.resumeJob(order);
      break;
    case "retry":
      await deps.folders.create(jobId);
      await farm.retryJob(order);
      films.watch(jobId);
      break;
    case undefined:
      break;
  }
  return await farm.viewJob(jobId);
}
