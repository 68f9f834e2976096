import { X509Certificate } from "node:crypto";
import { coerceError, DomainError, formatError } from "../core/mod.ts";

// The runtime gives these failures no code, only a text; what no pattern knows is "unreachable",
// which is the answer that makes callers try again.
const REFUSED_BY_MASTER =
  /received fatal alert: ?(CertificateRequired|CertificateExpired|CertificateRevoked|CertificateUnknown|BadCertificate|UnsupportedCertificate|UnknownC[Aa]|AccessDenied|DecryptError)/;
const NOT_OUR_MASTER = /invalid peer certificate: ?([^;,]+)/;

// What is seen of a server that drops a certificate without an alert, as node:https does: the same
// as of one that crashes.
const CUT_OFF = /close_notify|connection closed|connection reset|broken pipe|hang ?up/i;

/** What the runtime's texts say of a master that is not reached, in words for a person. */
const WHY_UNREACHABLE: readonly (readonly [RegExp, string])[] = [
  [/connection refused/i, "it cannot be reached: nobody listens there"],
  [/dns error|failed to lookup|name or service not known/i, "there is no host of that name"],
  [
    /no route to host|network is unreachable/i,
    "it cannot be reached: there is no way to that host",
  ],
  [CUT_OFF, "it cannot be reached: the connection was cut"],
];

/** The request that failed. */
export interface FailedRequest {
  /** What was asked. */
  readonly url: string | URL;
  /** The certificate that was shown, PEM. */
  readonly cert: string;
  /** When, milliseconds since 1970 UTC. */
  readonly nowMs: number;
}

/**
 * Turns what a request failed with, before there was an answer, into a {@linkcode DomainError}.
 *
 * @param thrown What `fetch` threw.
 * @param request What was asked, as whom and when.
 * @returns `identity_refused` if either side refused the other's certificate, `master_unreachable`
 * for everything else: refused, no such host, no answer in time, cut off.
 */
export function connectionError(thrown: unknown, request: FailedRequest): DomainError {
  const { origin } = new URL(request.url);
  const cause = coerceError(thrown);
  const text = formatError(thrown);
  const details = { masterUrl: origin };
  const alert = REFUSED_BY_MASTER.exec(text)?.[1];
  const fault = CUT_OFF.test(text) ? faultOfTime(request) : undefined;
  if (alert !== undefined || fault !== undefined) {
    const why = fault ?? "it refused our certificate";
    return new DomainError("identity_refused", `Cannot talk to ${origin}: ${why}`, {
      hint: "Join the farm again: olive certs join TOKEN; and check this machine's clock",
      details: { ...details, ...(alert === undefined ? {} : { alert }) },
      cause,
    });
  }
  const problem = NOT_OUR_MASTER.exec(text)?.[1]?.trim();
  if (problem !== undefined) {
    return new DomainError(
      "identity_refused",
      `Cannot talk to ${origin}: its certificate is not that of our master`,
      { hint: hintForServer(problem, origin), details: { ...details, problem }, cause },
    );
  }
  const known = cause.name === "TimeoutError"
    ? "it did not answer in time"
    : WHY_UNREACHABLE.find(([pattern]) => pattern.test(text))?.[1];
  const why = known ?? "it cannot be reached";
  return new DomainError("master_unreachable", `Cannot talk to ${origin}: ${why}`, {
    hint: "Check that the master runs, its address, and the firewall between",
    details: { ...details, reason: text },
    // What is known is said in our words; the runtime's would only repeat it at length.
    ...(known === undefined ? { cause } : {}),
  });
}

function hintForServer(problem: string, origin: string): string {
  if (/NotValidForName|not valid for name/i.test(problem)) {
    const { hostname } = new URL(origin);
    return `On the master: olive certs init --host ${hostname}, then start it again`;
  }
  if (/Expired|NotValidYet/i.test(problem)) return "Check the clocks, and the master's certificate";
  return "Check the address; after a change of the farm join again: olive certs join TOKEN";
}

/** What is wrong with the time of a certificate, `undefined` if nothing is. */
function faultOfTime(request: FailedRequest): string | undefined {
  const { validFrom, validTo } = new X509Certificate(request.cert);
  if (request.nowMs >= Date.parse(validTo)) return `our certificate expired on ${validTo}`;
  if (request.nowMs < Date.parse(validFrom)) {
    return `our certificate is not valid before ${validFrom}`;
  }
  return undefined;
}
