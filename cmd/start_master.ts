import { join } from "@std/path";
import {
  type Authority,
  type CertificateGuard,
  type CertificateRegistry,
  createCertificateGuard,
  identityDir,
  initFarm,
  type LoadedIdentity,
  loadIdentityFiles,
} from "../certs/mod.ts";
import {
  type Clock,
  formatError,
  type RandomBytes,
  REQUEST_BODY_BYTES_MAX,
  UPLOAD_PIECE_BYTES_MAX,
} from "../mod/core/mod.ts";
import { type Database, openDatabase } from "../mod/db/mod.ts";
import type { Logger } from "../mod/log/mod.ts";
import {
  createApiHandler,
  createFarmServices,
  type FarmServicesDeps,
  runEnrolmentPort,
} from "../mod/master/api/mod.ts";
import {
  type CertificateServices,
  createCertificateServices,
  createFilms,
  createJobFolders,
  createUploads,
  Farm,
  KEEP_DAYS_DEFAULT,
  keepPruned,
  verifyResult,
} from "../mod/master/mod.ts";
import { createSystemRunner, type Programs } from "../mod/process/mod.ts";
import {
  createCertificateRegistry,
  createTokenStore,
  readCertificateRevision,
} from "../mod/store/mod.ts";
import { listenMtls, type TlsListener } from "../mod/tls/mod.ts";
import { DEFAULT_MASTER_PORT } from "./default_ports.ts";
import { keepMasterRenewed } from "./keep_master_renewed.ts";
import { reachableUrl } from "./machine_addresses.ts";
import { createSubmissionDeps } from "./submission_deps.ts";

/** Everything that a master process is made of. */
export interface MasterSetup {
  readonly stateDir: string;
  /** Name of this machine and of its person, for certificates made at the first start. */
  readonly hostName: string;
  readonly personName: string;
  /** Names and addresses under which others reach it. */
  readonly hosts: readonly string[];
  readonly database: { readonly location: string; readonly authToken: string | undefined };
  readonly listen: { readonly hostname: string; readonly port: number };
  /** Where new machines join; absent: nowhere. */
  readonly enrol: { readonly hostname: string; readonly port: number } | undefined;
  /** Folders that projects, media and films may lie in. */
  readonly roots: readonly string[];
  /** See `LEASE_MS_DEFAULT`. */
  readonly leaseMs?: number;
  /** Jobs that ended longer ago are forgotten, days. Default KEEP_DAYS_DEFAULT. */
  readonly keepDays?: number;
  readonly programs: Programs;
  readonly env: (name: string) => string | undefined;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly logger: Logger;
}

/** A master that serves. */
export interface RunningMaster {
  /** `https://HOST:PORT` as this machine reaches it. */
  readonly url: string;
  /** Rejects when one of its loops has failed for good. */
  readonly failed: Promise<never>;
  /** Ends it in order; what is under way goes on at the next start. */
  stop(graceMs: number): Promise<void>;
}

const CHECKPOINT_MS = 60_000;

/**
 * Starts a master: makes what is missing, recovers what the last run left, then serves.
 *
 * @throws {DomainError} `address_in_use`, `db_failed`, `schema_newer`, `config_invalid`, `io_failed`.
 */
export async function startMaster(setup: MasterSetup): Promise<RunningMaster> {
  await Deno.mkdir(setup.stateDir, { recursive: true, mode: 0o700 });
  const db = await openDatabase({ ...setup.database, clock: setup.clock });
  try {
    return await serve(setup, db);
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function serve(setup: MasterSetup, db: Database): Promise<RunningMaster> {
  const { logger, clock } = setup;
  let publicUrl = "";
  const access = await openAccess(setup, { db, publicUrl: () => publicUrl });
  const services = assembleServices(setup, { db, certificates: access.certificates });
  const { farm, films } = services;
  // Before anybody is served: workers report to what the last run left.
  for (const job of (await farm.recover()).jobs) films.watch(job.id);
  const listener = await listenMtls({
    ...setup.listen,
    identity: access.identity,
    guard: access.guard,
    bodyBytesMax: (method) => method === "PUT" ? UPLOAD_PIECE_BYTES_MAX : REQUEST_BODY_BYTES_MAX,
    handler: createApiHandler({ services: createFarmServices(services), logger }),
    onRefused: ({ error, remoteAddress, fingerprint }) =>
      logger.warn("identity_refused", formatError(error), {
        address: remoteAddress,
        fingerprint,
      }),
  });
  publicUrl = urlFor(setup.listen.hostname, listener.port);
  const stopping = new AbortController();
  const { signal } = stopping;
  const loops = [
    farm.run(signal),
    db.runCheckpoints({ intervalMs: CHECKPOINT_MS, signal }),
    keepPruned({ ...services, clock, logger }, {
      keepDays: setup.keepDays ?? KEEP_DAYS_DEFAULT,
      signal,
    }),
    ...serveIdentity(setup, { access, listener, signal }),
  ];
  const failed = Promise.race(loops).then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined);
  const url = localUrl(setup.listen.hostname, listener.port);
  logger.info("process_started", `The master listens at ${publicUrl}`, { address: url });
  return {
    url,
    failed,
    async stop(graceMs): Promise<void> {
      stopping.abort();
      farm.endSyncs();
      await listener.close(graceMs);
      await films.stop();
      await Promise.allSettled(loops);
      await db.close();
    },
  };
}

/** The loops that keep the master's certificate fresh and let new machines in. */
function serveIdentity(
  setup: MasterSetup,
  context: {
    readonly access: Access;
    readonly listener: TlsListener;
    readonly signal: AbortSignal;
  },
): Promise<void>[] {
  const { clock, random, logger } = setup;
  const { access, listener, signal } = context;
  let { identity } = access;
  const reload = (renewed: LoadedIdentity): void => {
    identity = renewed;
    listener.reload(renewed);
  };
  const watch = {
    ...access,
    clock,
    logger,
    authorityPem: identity.ca,
    identity: () => identity,
    listen: setup.enrol,
  };
  return [
    keepMasterRenewed(identity, { ...access, clock, random, logger, reload }, signal),
    runEnrolmentPort(watch, signal),
  ];
}

/** Certificates of the farm, and who may come in. */
interface Access {
  /** The master's own at the start. */
  readonly identity: LoadedIdentity;
  readonly authority: Authority;
  readonly registry: CertificateRegistry;
  readonly guard: CertificateGuard;
  readonly certificates: CertificateServices;
}

/** Certificates of the farm, made at the first start, and who may come in. */
async function openAccess(
  setup: MasterSetup,
  context: { readonly db: Database; readonly publicUrl: () => string },
): Promise<Access> {
  const { clock, random, logger, stateDir } = setup;
  const { db } = context;
  const registry = createCertificateRegistry(db);
  const { authority, entries } = await initFarm({
    ...setup,
    masterUrl: `https://localhost:${setup.listen.port || DEFAULT_MASTER_PORT}`,
  }, { registry, clock, random });
  for (const { what, dir, outcome } of entries) {
    if (outcome === "kept") continue;
    logger.info("certificate_issued", `${what} ${outcome}`, { file: dir });
  }
  const identity = await loadIdentityFiles(identityDir(stateDir, "master"));
  const records = await registry.list({ afterMs: clock.nowMs() });
  const guard = createCertificateGuard({ records, clock });
  const certificates = createCertificateServices({
    authority,
    registry,
    tokens: createTokenStore(db),
    guard,
    revision: () => readCertificateRevision(db),
    masterUrl: context.publicUrl,
    clock,
    random,
    logger,
  });
  return { identity, authority, registry, guard, certificates };
}

function assembleServices(
  setup: MasterSetup,
  context: { readonly db: Database; readonly certificates: CertificateServices },
): FarmServicesDeps {
  const { clock, random, logger, programs } = setup;
  const { db } = context;
  const processes = createSystemRunner({ env: setup.env });
  const folders = createJobFolders(join(setup.stateDir, "jobs"));
  const uploads = createUploads(folders);
  const farm = new Farm({
    db,
    clock,
    random,
    logger,
    ...(setup.leaseMs === undefined ? {} : { leaseMs: setup.leaseMs }),
    verifyResult: (delivered, report) =>
      verifyResult(delivered, { report, deps: { folders, uploads, programs, processes } }),
    // Best effort: what stays is removed with the job.
    discardResult: (attempt) => uploads.discard(attempt).catch(() => undefined),
  });
  const shared = { db, folders, programs, processes, clock, logger };
  return {
    ...context,
    farm,
    films: createFilms({ ...shared, farm }),
    folders,
    uploads,
    submission: createSubmissionDeps({ ...shared, roots: setup.roots, random }),
    random,
  };
}

function isEverywhere(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}

/** How other machines reach the port. */
function urlFor(hostname: string, port: number): string {
  return isEverywhere(hostname) ? reachableUrl(port) : localUrl(hostname, port);
}

/** How this machine reaches the port. */
function localUrl(hostname: string, port: number): string {
  const host = isEverywhere(hostname) ? "localhost" : hostname;
  return `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
