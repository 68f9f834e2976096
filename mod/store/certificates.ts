import type { CertificateOrigin, CertificateRecord, CertificateRegistry } from "../../certs/mod.ts";
import type { Role } from "../core/mod.ts";
import type { Db, WriteTx } from "../db/mod.ts";

interface CertificateRow {
  readonly fingerprint: string;
  readonly role: Role;
  readonly name: string;
  readonly serial: string;
  readonly not_before_ms: number;
  readonly not_after_ms: number;
  readonly issued_at_ms: number;
  readonly origin: CertificateOrigin;
  readonly revoked_at_ms: number | null;
  readonly revoked_reason: string | null;
}

const INSERT = `
INSERT INTO certificate
  (fingerprint, role, name, serial, not_before_ms, not_after_ms, issued_at_ms, origin)
VALUES (:fingerprint, :role, :name, :serial, :notBeforeMs, :notAfterMs, :issuedAtMs, :origin)
ON CONFLICT (fingerprint) DO NOTHING`;

const FIND = `SELECT * FROM certificate WHERE fingerprint = :fingerprint`;

const LIST = `
SELECT * FROM certificate WHERE not_after_ms > :afterMs ORDER BY issued_at_ms, fingerprint`;

const REVOKE = `
UPDATE certificate SET revoked_at_ms = :atMs, revoked_reason = :reason
WHERE fingerprint = :fingerprint AND revoked_at_ms IS NULL`;

const REVISION_KEY = "certificate_revision";

const READ_REVISION = `SELECT value FROM setting WHERE key = '${REVISION_KEY}'`;

const BUMP_REVISION = `
INSERT INTO setting (key, value) VALUES ('${REVISION_KEY}', '1')
ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)`;

/** The farm's list of certificates, in its database. */
export function createCertificateRegistry(db: Db): CertificateRegistry {
  return {
    add: (record) => db.write((tx) => insertCertificate(tx, record)),
    find: (fingerprint) =>
      db.read(async (tx) => {
        const row = await tx.find<CertificateRow>(FIND, { fingerprint });
        return row === undefined ? undefined : fromRow(row);
      }),
    list: ({ afterMs }) =>
      db.read(async (tx) => (await tx.all<CertificateRow>(LIST, { afterMs })).map(fromRow)),
    revoke: (revocation) =>
      db.write(async (tx) => {
        const count = await tx.run(REVOKE, revocation);
        if (count > 0) await bumpCertificateRevision(tx);
        return count > 0;
      }),
  };
}

/** Lists a certificate within a transaction; a fingerprint that is listed already changes nothing. */
export async function insertCertificate(tx: WriteTx, record: CertificateRecord): Promise<void> {
  await tx.run(INSERT, {
    fingerprint: record.fingerprint,
    role: record.role,
    name: record.name,
    serial: record.serial,
    notBeforeMs: record.notBeforeMs,
    notAfterMs: record.notAfterMs,
    issuedAtMs: record.issuedAtMs,
    origin: record.origin,
  });
  await bumpCertificateRevision(tx);
}

/** Tells every process that watches {@linkcode readCertificateRevision} to look again. */
export async function bumpCertificateRevision(tx: WriteTx): Promise<void> {
  await tx.run(BUMP_REVISION);
}

/** A number that grows with every change of certificates and tokens, whoever made it; 0 at first. */
export function readCertificateRevision(db: Db): Promise<number> {
  return db.read(async (tx) =>
    Number((await tx.find<{ value: string }>(READ_REVISION))?.value ?? 0)
  );
}

function fromRow(row: CertificateRow): CertificateRecord {
  return {
    fingerprint: row.fingerprint,
    role: row.role,
    name: row.name,
    serial: row.serial,
    notBeforeMs: row.not_before_ms,
    notAfterMs: row.not_after_ms,
    issuedAtMs: row.issued_at_ms,
    origin: row.origin,
    ...(row.revoked_at_ms === null ? {} : { revokedAtMs: row.revoked_at_ms }),
    ...(row.revoked_reason === null ? {} : { revokedReason: row.revoked_reason }),
  };
}
