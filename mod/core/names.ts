const HOST_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/;
const WORKER_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

/** Whether a text may name the owner of a certificate: lower case, digits, `.`, `_`, `-`, 1 to 63 characters. */
export function isHostName(text: string): boolean {
  return HOST_NAME.test(text);
}

/**
 * Whether a text may name a worker: a host name, or `host:label` for a further worker process on
 * the same host and certificate.
 */
export function isWorkerName(text: string): boolean {
  const [host, label, ...rest] = text.split(":");
  if (host === undefined || rest.length > 0 || !isHostName(host)) return false;
  return label === undefined || WORKER_LABEL.test(label);
}

/**
 * Whether the certificate of `host` may speak for the worker `workerName`: `laptop` speaks for
 * `laptop` and for `laptop:gpu`, and for no other.
 */
export function hostOwnsWorker(host: string, workerName: string): boolean {
  return isWorkerName(workerName) && workerName.split(":")[0] === host;
}
