import type { CertificateRecord, CertificateRegistry } from "../../certs/mod.ts";

/** A list of certificates that ends with the test. */
export class MemoryRegistry implements CertificateRegistry {
  /** What is listed, by fingerprint. */
  readonly records = new Map<string, CertificateRecord>();

  /** See `CertificateRegistry.add`. */
  add(record: CertificateRecord): Promise<void> {
    if (!this.records.has(record.fingerprint)) this.records.set(record.fingerprint, record);
    return Promise.resolve();
  }

  /** See `CertificateRegistry.find`. */
  find(fingerprint: string): Promise<CertificateRecord | undefined> {
    return Promise.resolve(this.records.get(fingerprint));
  }

  /** See `CertificateRegistry.list`. */
  list(filter: { readonly afterMs: number }): Promise<readonly CertificateRecord[]> {
    const records = [...this.records.values()].filter((record) =>
      record.notAfterMs > filter.afterMs
    );
    return Promise.resolve(records.sort((a, b) => a.issuedAtMs - b.issuedAtMs));
  }

  /** See `CertificateRegistry.revoke`. */
  revoke(
    revocation: { readonly fingerprint: string; readonly atMs: number; readonly reason: string },
  ): Promise<boolean> {
    const record = this.records.get(revocation.fingerprint);
    if (record === undefined || record.revokedAtMs !== undefined) return Promise.resolve(false);
    this.records.set(record.fingerprint, {
      ...record,
      revokedAtMs: revocation.atMs,
      revokedReason: revocation.reason,
    });
    return Promise.resolve(true);
  }
}
