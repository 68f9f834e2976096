import { type Clock, DomainError } from "../mod/core/mod.ts";
import type { CertificateRecord, CertificateRegistry } from "./registry.ts";

/** Shortest beginning of a fingerprint that may stand for it, hexadecimal digits. */
export const FINGERPRINT_PREFIX_MIN = 8;

/** What is revoked, and why. */
export interface Revocation {
  /**
   * Name of a holder: all of its certificates, the renewed ones too. Or the beginning of a
   * fingerprint (8 digits or more, colons do not matter): that one certificate.
   */
  readonly target: string;
  /** In a person's words; kept with the record. */
  readonly reason: string;
}

/**
 * Revokes certificates, for ever.
 *
 * @param revocation What and why.
 * @param deps Registry and clock.
 * @returns The records as they are now, one or more; pass each to the guard, which cuts connections.
 * @throws {DomainError} `request_invalid` if no valid certificate, or for a fingerprint more than
 * one, is meant.
 */
export async function revokeCertificates(
  revocation: Revocation,
  deps: { readonly registry: CertificateRegistry; readonly clock: Clock },
): Promise<readonly CertificateRecord[]> {
  const atMs = deps.clock.nowMs();
  const records = (await deps.registry.list({ afterMs: atMs }))
    .filter((record) => record.revokedAtMs === undefined);
  const chosen = choose(records, revocation.target);
  const revoked: CertificateRecord[] = [];
  for (const record of chosen) {
    const { fingerprint } = record;
    const { reason } = revocation;
    await deps.registry.revoke({ fingerprint, atMs, reason });
    revoked.push({ ...record, revokedAtMs: atMs, revokedReason: reason });
  }
  return revoked;
}

function choose(records: readonly CertificateRecord[], target: string): CertificateRecord[] {
  const named = records.filter((record) => record.name === target);
  if (named.length > 0) return named;
  const prefix = target.toLowerCase().replaceAll(":", "");
  const isPrefix = /^[0-9a-f]+$/.test(prefix) && prefix.length >= FINGERPRINT_PREFIX_MIN;
  const matching = isPrefix
    ? records.filter((record) => record.fingerprint.startsWith(prefix))
    : [];
  if (matching.length === 1) return matching;
  const why = matching.length === 0
    ? "no valid certificate has this name or fingerprint"
    : `${matching.length} fingerprints begin so`;
  throw new DomainError("request_invalid", `Cannot revoke ${JSON.stringify(target)}: ${why}`, {
    hint: "See them all: olive certs list",
  });
}
