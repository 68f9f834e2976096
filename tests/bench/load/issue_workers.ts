import {
  authorityDir,
  type CertificateRecord,
  generateKeyPair,
  issueCertificate,
  loadAuthorityFiles,
  privateKeyToPem,
  toRecord,
} from "../../../certs/mod.ts";
import { createSystemClock, systemRandomBytes } from "../../../mod/core/mod.ts";
import { openDatabase } from "../../../mod/db/mod.ts";
import { insertCertificate } from "../../../mod/store/mod.ts";
import type { IdentityPem } from "../../../mod/tls/mod.ts";

/** What {@linkcode issueWorkers} needs. */
export interface IssueWorkersOptions {
  /** The master's folder, with the authority; the master may run. */
  readonly stateDir: string;
  /** The farm's database file. */
  readonly database: string;
}

/**
 * Gives each of many workers a certificate of its own, in one transaction. The master takes them up
 * as it does those of `olive certs add`.
 *
 * @returns Identities in the order of the names.
 */
export async function issueWorkers(
  names: readonly string[],
  options: IssueWorkersOptions,
): Promise<readonly IdentityPem[]> {
  const authority = await loadAuthorityFiles(authorityDir(options.stateDir));
  if (authority === undefined) throw new Error(`Cannot find an authority in ${options.stateDir}`);
  const clock = createSystemClock();
  const identities: IdentityPem[] = [];
  const records: CertificateRecord[] = [];
  for (const name of names) {
    const { publicKey, privateKey } = await generateKeyPair();
    const deps = { clock, random: systemRandomBytes };
    const issued = await issueCertificate(authority, { role: "worker", name, publicKey, ...deps });
    records.push(toRecord(issued, { origin: "bundle", issuedAtMs: clock.nowMs() }));
    const key = await privateKeyToPem(privateKey);
    identities.push({ key, cert: issued.certificatePem, ca: authority.certificatePem });
  }
  const db = await openDatabase({ location: options.database, clock });
  try {
    await db.write(async (tx) => {
      for (const record of records) await insertCertificate(tx, record);
    });
  } finally {
    await db.close();
  }
  return identities;
}
