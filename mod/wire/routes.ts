import type { Role } from "../core/mod.ts";

/** One route of the master: method, path, and the roles that may call it. */
export interface Route {
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** Hono's pattern. */
  readonly path: string;
  readonly roles: readonly Role[];
  readonly summary: string;
}

const PEOPLE: readonly Role[] = ["client", "admin"];
const EVERYONE: readonly Role[] = ["worker", "client", "admin", "master"];

/** Every route of the master's mutually authenticated port. The role check reads this table and nothing else. */
export const ROUTES = {
  info: { method: "GET", path: "/v1/info", roles: EVERYONE, summary: "Version of the master" },
  status: { method: "GET", path: "/v1/status", roles: PEOPLE, summary: "The farm in one look" },
  submit: { method: "POST", path: "/v1/jobs", roles: PEOPLE, summary: "Submit a project" },
  listJobs: { method: "GET", path: "/v1/jobs", roles: PEOPLE, summary: "Jobs, newest first" },
  getJob: { method: "GET", path: "/v1/jobs/:id", roles: PEOPLE, summary: "A job and its parts" },
  patchJob: {
    method: "PATCH",
    path: "/v1/jobs/:id",
    roles: PEOPLE,
    summary: "Pause, resume, retry or reprioritise a job",
  },
  cancelJob: { method: "DELETE", path: "/v1/jobs/:id", roles: PEOPLE, summary: "Cancel a job" },
  jobLogs: {
    method: "GET",
    path: "/v1/jobs/:id/logs",
    roles: PEOPLE,
    summary: "Last words of the renderers of a job's attempts",
  },
  jobEvents: {
    method: "GET",
    path: "/v1/jobs/:id/events",
    roles: PEOPLE,
    summary: "Changes of a job as server-sent events",
  },
  listWorkers: { method: "GET", path: "/v1/workers", roles: PEOPLE, summary: "Workers" },
  registerWorker: {
    method: "PUT",
    path: "/v1/workers/:name",
    roles: ["worker"],
    summary: "A worker process introduces itself",
  },
  syncWorker: {
    method: "POST",
    path: "/v1/workers/:name/sync",
    roles: ["worker"],
    summary: "Heartbeat, progress, new work and cancellations in one call",
  },
  getPlan: {
    method: "GET",
    path: "/v1/jobs/:id/plan",
    roles: ["worker"],
    summary: "Render plan and media list of a job that the worker has an attempt of",
  },
  getFile: {
    method: "GET",
    path: "/v1/jobs/:id/files/:fileId",
    roles: ["worker"],
    summary: "A media file of a job that the worker has an attempt of, by ranges",
  },
  uploadStatus: {
    method: "GET",
    path: "/v1/attempts/:id/upload",
    roles: ["worker"],
    summary: "How much of an attempt's result has arrived",
  },
  uploadPiece: {
    method: "PUT",
    path: "/v1/attempts/:id/pieces/:offset",
    roles: ["worker"],
    summary: "One piece of an attempt's result, acknowledged when it is on disk",
  },
  reportAttempt: {
    method: "POST",
    path: "/v1/attempts/:id/result",
    roles: ["worker"],
    summary: "How an attempt ended",
  },
  renewCertificate: {
    method: "POST",
    path: "/v1/certificates/renew",
    roles: EVERYONE,
    summary: "Successor of the caller's own certificate",
  },
} as const satisfies Record<string, Route>;

/** Name of a route. */
export type RouteName = keyof typeof ROUTES;

/** Path of a route with its parameters put in and escaped. */
export function routePath(name: RouteName, params: Readonly<Record<string, string>> = {}): string {
  return ROUTES[name].path.replaceAll(/:([a-zA-Z]+)/g, (_match, key: string) => {
    const value = params[key];
    if (value === undefined) {
      throw new TypeError(`Cannot build path of ${name}: no value for ${key}`);
    }
    return encodeURIComponent(value);
  });
}
