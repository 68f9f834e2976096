import type { CertificateRegistry, TokenRecord, TokenStore, TokenUse } from "../../certs/mod.ts";

/** Tokens that end with the test. */
export class MemoryTokens implements TokenStore {
  /** What is kept, by id. */
  readonly records = new Map<string, TokenRecord>();
  readonly #registry: CertificateRegistry;

  /**
   * Keeps nothing yet.
   *
   * @param registry Where `consume` lists the certificate.
   */
  constructor(registry: CertificateRegistry) {
    this.#registry = registry;
  }

  /** See `TokenStore.add`. */
  add(record: TokenRecord): Promise<void> {
    this.records.set(record.tokenId, record);
    return Promise.resolve();
  }

  /** See `TokenStore.find`. */
  find(tokenId: string): Promise<TokenRecord | undefined> {
    return Promise.resolve(this.records.get(tokenId));
  }

  /** See `TokenStore.recordFailure`. */
  recordFailure(tokenId: string): Promise<void> {
    const record = this.records.get(tokenId);
    if (record !== undefined) {
      this.records.set(tokenId, { ...record, failures: record.failures + 1 });
    }
    return Promise.resolve();
  }

  /** See `TokenStore.consume`. */
  async consume(use: TokenUse): Promise<boolean> {
    const record = this.records.get(use.tokenId);
    if (record === undefined || !isUsable(record, use.atMs)) return false;
    this.records.set(use.tokenId, { ...record, usedAtMs: use.atMs });
    await this.#registry.add(use.certificate);
    return true;
  }

  /** See `TokenStore.countOutstanding`. */
  countOutstanding(nowMs: number): Promise<number> {
    const usable = [...this.records.values()].filter((record) => isUsable(record, nowMs));
    return Promise.resolve(usable.length);
  }
}

// As a statement of SQL would put it; `isOutstanding` itself would load the certificate library.
const FAILURES_MAX = 5;

function isUsable(record: TokenRecord, nowMs: number): boolean {
  return record.usedAtMs === undefined && nowMs < record.expiresAtMs &&
    record.failures < FAILURES_MAX;
}
