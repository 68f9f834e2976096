import { createHash, timingSafeEqual, X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { coerceError, DomainError } from "../core/mod.ts";
import {
  type CertificateReply,
  certificateReply,
  checkWire,
  ENROL_PATHS,
  type EnrolRequest,
  fromProblem,
} from "../wire/mod.ts";
import { type FarmAnswer, requestFarm } from "./farm_request.ts";

/** Longest time for each of the two requests, milliseconds. */
const ENROL_MS_MAX = 15_000;

/** One enrolment. */
export interface EnrolOptions {
  /** Enrolment port of the master, `host:port`. */
  readonly address: string;
  /** SHA-256 of the authority's certificate, 64 lower-case hexadecimal digits, from the token. */
  readonly authorityFingerprint: string;
  /** What to send, once the master has proved who it is. */
  readonly request: EnrolRequest;
}

/**
 * Enrols with a master that is known by the fingerprint of its authority only.
 *
 * First the authority's certificate is fetched, from whoever answers: it is public, and is believed
 * only if it has the pinned fingerprint. Then, on a second connection that believes that authority
 * alone, the master proves to be its master for that host, and only then the secret is sent. Who
 * sits in between can refuse service, and learns nothing.
 *
 * @param options Where, who it must be, and what to send.
 * @returns The master's answer, unchecked beyond its form.
 * @throws {DomainError} `identity_refused` if another machine answers; `master_unreachable` if none
 * does; what the master answered (`token_refused`, `request_invalid`) otherwise.
 */
export async function enrolWithMaster(options: EnrolOptions): Promise<CertificateReply> {
  const base = new URL(`https://${options.address}`);
  const authorityPem = await fetchAuthority(base, options.authorityFingerprint);
  const answer = await ask(base, () =>
    requestFarm({
      url: new URL(ENROL_PATHS.enrol, base),
      ca: authorityPem,
      onSecure: (socket) => assertIsMaster(socket, base),
      body: options.request,
      timeoutMs: ENROL_MS_MAX,
    }));
  const value = parseJson(answer);
  if (answer.status !== 200) throw fromProblem(value, answer.status);
  return checkWire(certificateReply, { value, what: "answer to the enrolment" });
}

async function fetchAuthority(base: URL, fingerprint: string): Promise<string> {
  const answer = await ask(
    base,
    () => requestFarm({ url: new URL(ENROL_PATHS.authority, base), timeoutMs: ENROL_MS_MAX }),
  );
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(answer.text);
  } catch (error) {
    throw notOurs(base, "it has no authority to show", error);
  }
  const actual = createHash("sha256").update(certificate.raw).digest();
  const wanted = new Uint8Array(
    fingerprint.match(/../g)?.map((hex) => Number.parseInt(hex, 16)) ?? [],
  );
  if (actual.length !== wanted.length || !timingSafeEqual(actual, wanted)) {
    throw notOurs(base, "its authority is not the one of the token");
  }
  return certificate.toString();
}

const MASTER_IDENTITY = /(?:^|, )URI:olive:\/\/farm\/master\/[a-z0-9._-]+(?:, |$)/;

/** TLS has verified chain and host; what is left is that this member of the farm is its master. */
function assertIsMaster(socket: TLSSocket, base: URL): void {
  const raw: unknown = socket.getPeerCertificate().raw;
  const names = raw instanceof Uint8Array ? new X509Certificate(raw).subjectAltName : undefined;
  if (socket.authorized !== true || names === undefined || !MASTER_IDENTITY.test(names)) {
    throw notOurs(base, "its certificate is not a master's");
  }
}

/** Runs a request and gives a failed connection its code. */
async function ask(base: URL, request: () => Promise<FarmAnswer>): Promise<FarmAnswer> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof DomainError) throw error;
    const code = String((error as { code?: unknown }).code ?? "");
    if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
      throw new DomainError(
        "identity_refused",
        `Cannot enrol at ${base.host}: the master's certificate is not for this host`,
        {
          hint: `On the master: olive certs init --host ${base.hostname}, then make a new token`,
          cause: error,
        },
      );
    }
    if (/CERT|SELF_SIGNED|VERIFY|ISSUER/.test(code)) {
      throw notOurs(base, "its certificate is not of the token's authority", error);
    }
    throw new DomainError("master_unreachable", `Cannot enrol at ${base.host}: no answer`, {
      hint: "Check that the master runs, that the token is not expired, and the firewall between",
      cause: coerceError(error),
    });
  }
}

function parseJson(answer: FarmAnswer): unknown {
  try {
    return JSON.parse(answer.text);
  } catch {
    // No answer of a master is anything but JSON; the schema says so in a sentence.
    return undefined;
  }
}

function notOurs(base: URL, why: string, cause?: unknown): DomainError {
  return new DomainError("identity_refused", `Cannot enrol at ${base.host}: ${why}`, {
    hint: "Another machine answers there, or the farm has a new authority: make a new token",
    cause,
  });
}
