import { Hono } from "hono";
import { type Clock, DomainError, formatError } from "../../core/mod.ts";
import type { Logger } from "../../log/mod.ts";
import { type IdentityPem, listenTls, type TlsEnv, type TlsListener } from "../../tls/mod.ts";
import { checkWire, ENROL_PATHS, enrolRequest } from "../../wire/mod.ts";
import type { CertificateServices } from "../mod.ts";
import { problemResponse } from "./app.ts";

/** What watching the lists of certificates and tokens needs. */
export interface EnrolmentDeps {
  readonly certificates: CertificateServices;
  readonly authorityPem: string;
  /** Where new machines join; absent: nowhere. */
  readonly listen: { readonly hostname: string; readonly port: number } | undefined;
  /** The master's identity as it is now. */
  readonly identity: () => IdentityPem;
  readonly clock: Clock;
  readonly logger: Logger;
}

const WATCH_INTERVAL_MS = 500;
const CLOSE_GRACE_MS = 1_000;

/**
 * Takes up changes of the certificate list within half a second, and keeps the enrolment port open
 * just as long as a token is outstanding. Runs until the signal aborts.
 */
export async function runEnrolmentPort(deps: EnrolmentDeps, signal: AbortSignal): Promise<void> {
  let port: TlsListener | undefined;
  let hasFailed = false;
  do {
    try {
      // Tokens also end by time, which changes no list.
      const outstanding = await deps.certificates.refresh() ??
        await deps.certificates.countTokens();
      const { listen } = deps;
      if (outstanding > 0 && listen !== undefined) port ??= await openPort(deps, listen);
      if (outstanding === 0 && port !== undefined) {
        await closePort(port, deps);
        port = undefined;
      }
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) deps.logger.error("loop_failed", formatError(error), { err: error });
      hasFailed = true;
    }
  } while (await deps.clock.sleep(WATCH_INTERVAL_MS, signal));
  if (port !== undefined) await closePort(port, deps);
}

async function openPort(
  deps: EnrolmentDeps,
  where: { readonly hostname: string; readonly port: number },
): Promise<TlsListener> {
  const app = createEnrolmentApp(deps);
  const listener = await listenTls({
    ...where,
    identity: deps.identity(),
    handler: (request, env) => app.fetch(request, env),
  });
  deps.logger.info("enrolment_opened", `New machines may join at port ${listener.port}`);
  return listener;
}

async function closePort(port: TlsListener, deps: EnrolmentDeps): Promise<void> {
  await port.close(CLOSE_GRACE_MS);
  deps.logger.info("enrolment_closed", "No token is outstanding");
}

/** The two routes of the enrolment port. */
function createEnrolmentApp(
  deps: Pick<EnrolmentDeps, "certificates" | "authorityPem" | "logger">,
): Hono<{ Bindings: TlsEnv }> {
  const app = new Hono<{ Bindings: TlsEnv }>();
  app.get(ENROL_PATHS.authority, (context) => context.text(deps.authorityPem));
  app.post(ENROL_PATHS.enrol, async (context) => {
    const body: unknown = await context.req.json().catch(() => undefined);
    const request = checkWire(enrolRequest, { value: body, what: "enrolment" });
    return context.json(await deps.certificates.enrol(request, context.env.remoteAddress));
  });
  app.notFound(() =>
    problemResponse(new DomainError("request_invalid", "Cannot find such a route"))
  );
  app.onError((error) => {
    if (!(error instanceof DomainError)) {
      deps.logger.error("request_failed", formatError(error), { err: error });
    }
    return problemResponse(error);
  });
  return app;
}
