import type { Role } from "../mod/core/mod.ts";
import type { IssuedCertificate } from "./issue.ts";

/** How a certificate came about. */
export const CERTIFICATE_ORIGINS = ["init", "bundle", "token", "renewal"] as const;
/** One of {@linkcode CERTIFICATE_ORIGINS}. */
export type CertificateOrigin = (typeof CERTIFICATE_ORIGINS)[number];

/** One certificate that the authority made. Holds nothing secret. */
export interface CertificateRecord {
  /** SHA-256 of the certificate, 64 lower-case hexadecimal digits; the key of the record. */
  readonly fingerprint: string;
  /** What its holder may do. */
  readonly role: Role;
  /** Host or person. */
  readonly name: string;
  /** 32 hexadecimal digits. For people only: programs format serials differently. */
  readonly serial: string;
  /** First moment at which it holds, milliseconds since 1970 UTC. */
  readonly notBeforeMs: number;
  /** Last moment at which it holds, milliseconds since 1970 UTC. */
  readonly notAfterMs: number;
  /** When it was made, milliseconds since 1970 UTC. */
  readonly issuedAtMs: number;
  /** How it came about. */
  readonly origin: CertificateOrigin;
  /** When it was revoked, milliseconds since 1970 UTC; absent while it holds. */
  readonly revokedAtMs?: number | undefined;
  /** Why, in a person's words. */
  readonly revokedReason?: string | undefined;
}

/** Where the farm keeps the list of its certificates. What is not on it is refused. */
export interface CertificateRegistry {
  /** Adds a record, durably. The fingerprint must be new; a second record of it changes nothing. */
  add(record: CertificateRecord): Promise<void>;
  /** The record of a certificate, `undefined` if the authority's list does not have it. */
  find(fingerprint: string): Promise<CertificateRecord | undefined>;
  /** Every record whose certificate ends after `afterMs`, revoked ones too, oldest first. */
  list(filter: { readonly afterMs: number }): Promise<readonly CertificateRecord[]>;
  /** Marks a certificate revoked, durably. `false` if it is unknown or was revoked before. */
  revoke(
    revocation: { readonly fingerprint: string; readonly atMs: number; readonly reason: string },
  ): Promise<boolean>;
}

/** The record of a certificate that was just made. */
export function toRecord(
  issued: IssuedCertificate,
  how: { readonly origin: CertificateOrigin; readonly issuedAtMs: number },
): CertificateRecord {
  return {
    fingerprint: issued.identity.fingerprint,
    role: issued.identity.role,
    name: issued.identity.name,
    serial: issued.serial,
    notBeforeMs: issued.notBeforeMs,
    notAfterMs: issued.notAfterMs,
    issuedAtMs: how.issuedAtMs,
    origin: how.origin,
  };
}

/** Whether a certificate holds at a moment: begun, not ended, not revoked. */
export function isActive(record: CertificateRecord, nowMs: number): boolean {
  return record.revokedAtMs === undefined && record.notBeforeMs <= nowMs &&
    nowMs < record.notAfterMs;
}
