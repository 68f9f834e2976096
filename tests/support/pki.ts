import {
  type Authority,
  type CertificateRecord,
  createAuthority,
  generateKeyPair,
  issueCertificate,
  type IssuedCertificate,
  privateKeyToPem,
  toRecord,
} from "../../certs/mod.ts";
import { type Clock, createSystemClock, type Role, systemRandomBytes } from "../../mod/core/mod.ts";

/** A farm's authority that lives in memory. */
export interface TestFarm {
  /** Signs. */
  readonly authority: Authority;
  /** Its own key, PEM. */
  readonly authorityKeyPem: string;
  /** Makes an identity; by the system's clock unless another is given. */
  issue(options: TestIdentityOptions): Promise<TestIdentity>;
}

/** Whom to make an identity for. */
export interface TestIdentityOptions {
  /** What it may do. */
  readonly role: Role;
  /** Host or person; `studio` if absent. */
  readonly name?: string;
  /** Names of a master beside the local ones. */
  readonly hosts?: readonly string[];
  /** Shifts its life, milliseconds: negative makes it an old one. */
  readonly shiftMs?: number;
}

/** Key, certificate and authority of one member. */
export interface TestIdentity {
  /** Private key, PEM. */
  readonly key: string;
  /** Certificate, PEM. */
  readonly cert: string;
  /** The authority, PEM. */
  readonly ca: string;
  /** What was issued. */
  readonly issued: IssuedCertificate;
  /** Its entry in the registry. */
  readonly record: CertificateRecord;
}

/** Makes a farm. */
export async function createTestFarm(): Promise<TestFarm> {
  const clock = createSystemClock();
  const { authority, keyPem } = await createAuthority({ clock, random: systemRandomBytes });
  return {
    authority,
    authorityKeyPem: keyPem,
    issue: (options) => issueTestIdentity(authority, { ...options, clock }),
  };
}

async function issueTestIdentity(
  authority: Authority,
  options: TestIdentityOptions & { readonly clock: Clock },
): Promise<TestIdentity> {
  const { role, name = "studio", hosts = [], shiftMs = 0, clock } = options;
  const keys = await generateKeyPair();
  const issued = await issueCertificate(authority, {
    role,
    name,
    hosts,
    publicKey: keys.publicKey,
    clock: { ...clock, nowMs: () => clock.nowMs() + shiftMs },
    random: systemRandomBytes,
  });
  return {
    key: await privateKeyToPem(keys.privateKey),
    cert: issued.certificatePem,
    ca: authority.certificatePem,
    issued,
    record: toRecord(issued, { origin: "init", issuedAtMs: clock.nowMs() - 3_600_000 }),
  };
}
