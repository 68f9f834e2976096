import { type Clock, DomainError, type Identity } from "../mod/core/mod.ts";
import { readCertificateFacts } from "./certificate_facts.ts";
import type { CertificateRecord } from "./registry.ts";

/** The certificate that the other end of a connection presented. TLS has verified its signature. */
export interface PresentedCertificate {
  /** SHA-256 of `der`, 64 lower-case hexadecimal digits, computed by whoever holds the connection. */
  readonly fingerprint: string;
  /** The certificate itself. */
  readonly der: Uint8Array;
}

/**
 * Says on every request whether a certificate is one of the farm's and still holds.
 *
 * TLS cannot: it knows no revocation, and a resumed session skips its checks. Lookups are O(1) in a
 * snapshot of the registry, which is replaced while connections are open.
 */
export interface CertificateGuard {
  /**
   * Who presents this certificate.
   *
   * @param presented What the connection was opened with.
   * @returns Role and name from the certificate itself.
   * @throws {DomainError} `identity_refused` if it is unknown, revoked, expired, not yet valid, or
   * says something else than the registry does.
   */
  check(presented: PresentedCertificate): Identity;
  /**
   * Takes up a new snapshot; what it no longer has, or has as revoked, is refused from now on.
   *
   * The snapshot may be older than what `put` brought: a revocation is never taken back by it, nor a
   * certificate of the last minute dropped.
   */
  replaceAll(records: readonly CertificateRecord[]): void;
  /** Takes up one record, a certificate that was just made or just revoked. */
  put(record: CertificateRecord): void;
  /**
   * Calls the listener for each certificate that held before and was revoked or taken off the list,
   * so that its connections can be closed.
   *
   * @returns Ends it.
   */
  onRevoked(listener: (fingerprint: string) => void): () => void;
}

/** How old a snapshot may be when it is taken up, milliseconds. */
const SNAPSHOT_LAG_MS_MAX = 60_000;

/** What the guard needs. */
export interface CertificateGuardOptions {
  /** First snapshot. */
  readonly records: readonly CertificateRecord[];
  /** Decides what is expired. */
  readonly clock: Clock;
}

/** Makes the guard of a listening process. */
export function createCertificateGuard(options: CertificateGuardOptions): CertificateGuard {
  return new SnapshotGuard(options);
}

class SnapshotGuard implements CertificateGuard {
  readonly #clock: Clock;
  readonly #listeners = new Set<(fingerprint: string) => void>();
  /** Parsed once per certificate; only of listed ones, so the list bounds it. */
  readonly #identities = new Map<string, Identity>();
  #records = new Map<string, CertificateRecord>();

  constructor(options: CertificateGuardOptions) {
    this.#clock = options.clock;
    this.replaceAll(options.records);
  }

  check(presented: PresentedCertificate): Identity {
    const record = this.#records.get(presented.fingerprint);
    if (record === undefined) {
      throw refused("it is not on the farm's list", "Join the farm again: olive certs join TOKEN");
    }
    if (record.revokedAtMs !== undefined) {
      throw refused(
        `the certificate of ${record.name} was revoked`,
        "Ask the farm's admin for a new token: olive certs token",
      );
    }
    const nowMs = this.#clock.nowMs();
    if (nowMs >= record.notAfterMs) {
      throw refused(
        `the certificate of ${record.name} expired on ${isoDay(record.notAfterMs)}`,
        "Join the farm again: olive certs join TOKEN",
      );
    }
    if (nowMs < record.notBeforeMs) {
      throw refused(
        `the certificate of ${record.name} is not valid before ${isoDay(record.notBeforeMs)}`,
        "Set the clocks of both machines right",
      );
    }
    return this.#identityOf(presented, record);
  }

  #identityOf(presented: PresentedCertificate, record: CertificateRecord): Identity {
    const cached = this.#identities.get(presented.fingerprint);
    if (cached !== undefined) return cached;
    const { identity } = readCertificateFacts(presented.der);
    // The certificate is the authority's word; a record that differs was tampered with or is damaged.
    const isSame = identity.fingerprint === record.fingerprint && identity.role === record.role &&
      identity.name === record.name;
    if (!isSame) {
      throw refused("it differs from its record", "Check the database: olive db check");
    }
    this.#identities.set(identity.fingerprint, identity);
    return identity;
  }

  replaceAll(records: readonly CertificateRecord[]): void {
    const previous = this.#records;
    const next = new Map(records.map((record) => [record.fingerprint, record]));
    const revoked: string[] = [];
    const putSinceMs = this.#clock.nowMs() - SNAPSHOT_LAG_MS_MAX;
    for (const [fingerprint, before] of previous) {
      const now = next.get(fingerprint);
      const isLate = now === undefined && before.issuedAtMs > putSinceMs;
      const wasRevoked = before.revokedAtMs !== undefined;
      if (isLate || (wasRevoked && now !== undefined)) next.set(fingerprint, before);
      else if (now === undefined) this.#identities.delete(fingerprint);
      const holds = isLate || (now !== undefined && now.revokedAtMs === undefined);
      if (!wasRevoked && !holds) revoked.push(fingerprint);
    }
    this.#records = next;
    for (const fingerprint of revoked) this.#emitRevoked(fingerprint);
  }

  put(record: CertificateRecord): void {
    const before = this.#records.get(record.fingerprint);
    this.#records.set(record.fingerprint, record);
    const wasHeld = before !== undefined && before.revokedAtMs === undefined;
    if (wasHeld && record.revokedAtMs !== undefined) this.#emitRevoked(record.fingerprint);
  }

  onRevoked(listener: (fingerprint: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #emitRevoked(fingerprint: string): void {
    for (const listener of this.#listeners) listener(fingerprint);
  }
}

function isoDay(timestampMs: number): string {
  return new Date(timestampMs).toISOString().slice(0, 16) + "Z";
}

function refused(why: string, hint: string): DomainError {
  return new DomainError("identity_refused", `Cannot accept certificate: ${why}`, { hint });
}
