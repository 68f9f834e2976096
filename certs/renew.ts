import { type Clock, DomainError, type Identity } from "../mod/core/mod.ts";
import { acceptCertificate, type CertificateAnswer } from "./accept_certificate.ts";
import type { Authority, CertsDeps } from "./authority.ts";
import type { CertificateFacts } from "./certificate_facts.ts";
import { fingerprintOfPem } from "./fingerprint.ts";
import { type LoadedIdentity, replaceIdentityFiles } from "./identity_files.ts";
import { issueCertificate, type IssuedCertificate } from "./issue.ts";
import { generateKeyPair, privateKeyToPem } from "./key_pair.ts";
import {
  type CertificateRecord,
  type CertificateRegistry,
  isActive,
  toRecord,
} from "./registry.ts";
import { createSigningRequest, verifySigningRequest } from "./signing_request.ts";

/** Certificates of one holder that may be valid at a time: renewal in a loop must end. */
export const ACTIVE_PER_HOLDER_MAX = 16;

/** Whether a certificate is in the last third of its life, or past it. */
export function needsRenewal(
  facts: Pick<CertificateFacts, "notBeforeMs" | "notAfterMs">,
  nowMs: number,
): boolean {
  return nowMs >= facts.notAfterMs - (facts.notAfterMs - facts.notBeforeMs) / 3;
}

/** What renewal needs on the authority's side. */
export interface RenewDeps extends CertsDeps {
  /** Signs. */
  readonly authority: Authority;
  /** Where certificates are listed. */
  readonly registry: CertificateRegistry;
}

/**
 * Gives the holder of a valid certificate its successor: same role, same name, new life, new key if
 * the request brings one. The old one stays valid to its end, so that no connection breaks.
 *
 * @param request Who asks, as the guard found out, and its signing request.
 * @param deps Authority, registry, clock and randomness.
 * @returns The certificate, listed; pass `record` to the guard.
 * @throws {DomainError} `request_invalid` for a bad signing request; `role_refused` for a master,
 * which renews its own by itself; `too_many` beyond ACTIVE_PER_HOLDER_MAX.
 */
export async function renewCertificate(
  request: { readonly identity: Identity; readonly csrPem: string },
  deps: RenewDeps,
): Promise<{ readonly issued: IssuedCertificate; readonly record: CertificateRecord }> {
  const { role, name } = request.identity;
  if (role === "master") {
    throw new DomainError("role_refused", "Cannot renew a master's certificate over the network", {
      hint: "On the master's machine: olive certs renew",
    });
  }
  const publicKey = await verifySigningRequest(request.csrPem);
  const nowMs = deps.clock.nowMs();
  const active = (await deps.registry.list({ afterMs: nowMs }))
    .filter((each) => each.role === role && each.name === name && isActive(each, nowMs));
  if (active.length >= ACTIVE_PER_HOLDER_MAX) {
    throw new DomainError("too_many", `Cannot renew: ${name} has ${active.length} certificates`, {
      hint: `Revoke the ones that are not in use: olive certs list, olive certs revoke FINGERPRINT`,
    });
  }
  const { clock, random } = deps;
  const issued = await issueCertificate(deps.authority, { role, name, publicKey, clock, random });
  const record = toRecord(issued, { origin: "renewal", issuedAtMs: nowMs });
  await deps.registry.add(record);
  return { issued, record };
}

/** Sends a signing request to the master and returns its answer. */
export type RenewCall = (csrPem: string) => Promise<CertificateAnswer>;

/**
 * Renews an identity in place: new key, new certificate. Until the answer is checked nothing is
 * written; the files of the old pair are replaced together.
 *
 * @param loaded The identity.
 * @param deps Network and clock.
 * @returns The identity with its new pair: reload listeners and clients with it.
 * @throws {DomainError} What the call throws; `certificate_invalid` if the answer does not fit.
 */
export async function renewIdentity(
  loaded: LoadedIdentity,
  deps: { readonly renew: RenewCall; readonly clock: Clock },
): Promise<LoadedIdentity> {
  const keys = await generateKeyPair();
  const answer = await deps.renew(await createSigningRequest(keys));
  const facts = await acceptCertificate(answer, {
    authorityFingerprint: fingerprintOfPem(loaded.ca),
    privateKey: keys.privateKey,
    role: loaded.identity.role,
    name: loaded.identity.name,
    nowMs: deps.clock.nowMs(),
  });
  return await replacePair(loaded, {
    key: await privateKeyToPem(keys.privateKey),
    cert: answer.certificatePem,
    facts,
  });
}

/**
 * Renews an identity on the machine that has the authority, the master's own above all; also one
 * that has expired. Same role, name and hosts.
 *
 * @param loaded The identity.
 * @param deps Authority, registry, clock and randomness.
 * @returns The identity with its new pair, and its record for the guard.
 */
export async function renewLocally(
  loaded: LoadedIdentity,
  deps: RenewDeps,
): Promise<{ readonly loaded: LoadedIdentity; readonly record: CertificateRecord }> {
  const { role, name } = loaded.identity;
  const { clock, random } = deps;
  const keys = await generateKeyPair();
  const issued = await issueCertificate(deps.authority, {
    role,
    name,
    publicKey: keys.publicKey,
    hosts: role === "master" ? loaded.facts.hosts : [],
    clock,
    random,
  });
  const record = toRecord(issued, { origin: "renewal", issuedAtMs: clock.nowMs() });
  await deps.registry.add(record);
  const { notBeforeMs, notAfterMs, identity } = issued;
  const renewed = await replacePair(loaded, {
    key: await privateKeyToPem(keys.privateKey),
    cert: issued.certificatePem,
    facts: { identity, notBeforeMs, notAfterMs, hosts: loaded.facts.hosts },
  });
  return { loaded: renewed, record };
}

async function replacePair(
  loaded: LoadedIdentity,
  pair: { readonly key: string; readonly cert: string; readonly facts: CertificateFacts },
): Promise<LoadedIdentity> {
  await replaceIdentityFiles(loaded.dir, pair);
  return { ...loaded, ...pair, identity: pair.facts.identity };
}
