import { TOKEN_FAILURES_MAX, type TokenRecord, type TokenStore } from "../../certs/mod.ts";
import type { Role } from "../core/mod.ts";
import type { Db } from "../db/mod.ts";
import { bumpCertificateRevision, insertCertificate } from "./certificates.ts";

interface TokenRow {
  readonly id: string;
  readonly secret_hash: string;
  readonly role: Role;
  readonly name: string | null;
  readonly created_at_ms: number;
  readonly expires_at_ms: number;
  readonly used_at_ms: number | null;
  readonly failures: number;
}

const INSERT = `
INSERT INTO enrol_token (id, secret_hash, role, name, created_at_ms, expires_at_ms, failures)
VALUES (:id, :secretHash, :role, :name, :createdAtMs, :expiresAtMs, :failures)`;

const FIND = `SELECT * FROM enrol_token WHERE id = :id`;

const RECORD_FAILURE = `UPDATE enrol_token SET failures = failures + 1 WHERE id = :id`;

// The condition is that of isOutstanding(): of two callers at once one changes a row.
const CONSUME = `
UPDATE enrol_token SET used_at_ms = :atMs
WHERE id = :id AND used_at_ms IS NULL AND expires_at_ms > :atMs AND failures < ${TOKEN_FAILURES_MAX}`;

const COUNT_OUTSTANDING = `
SELECT count(*) AS count FROM enrol_token
WHERE used_at_ms IS NULL AND expires_at_ms > :nowMs AND failures < ${TOKEN_FAILURES_MAX}`;

/** The farm's enrolment tokens, in its database. */
export function createTokenStore(db: Db): TokenStore {
  return {
    add: (record) =>
      db.write(async (tx) => {
        await tx.run(INSERT, {
          id: record.tokenId,
          secretHash: record.secretHash,
          role: record.role,
          name: record.name ?? null,
          createdAtMs: record.createdAtMs,
          expiresAtMs: record.expiresAtMs,
          failures: record.failures,
        });
        await bumpCertificateRevision(tx);
      }),
    find: (tokenId) =>
      db.read(async (tx) => {
        const row = await tx.find<TokenRow>(FIND, { id: tokenId });
        return row === undefined ? undefined : fromRow(row);
      }),
    recordFailure: (tokenId) =>
      db.write(async (tx) => {
        await tx.run(RECORD_FAILURE, { id: tokenId });
        await bumpCertificateRevision(tx);
      }),
    consume: ({ tokenId, atMs, certificate }) =>
      db.write(async (tx) => {
        if (await tx.run(CONSUME, { id: tokenId, atMs }) === 0) return false;
        await insertCertificate(tx, certificate);
        return true;
      }),
    countOutstanding: (nowMs) =>
      db.read(async (tx) =>
        (await tx.find<{ count: number }>(COUNT_OUTSTANDING, { nowMs }))?.count ?? 0
      ),
  };
}

function fromRow(row: TokenRow): TokenRecord {
  return {
    tokenId: row.id,
    secretHash: row.secret_hash,
    role: row.role,
    name: row.name ?? undefined,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    failures: row.failures,
    usedAtMs: row.used_at_ms ?? undefined,
  };
}
