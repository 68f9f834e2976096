import { DomainError, type Identity, isHostName, type Role } from "../mod/core/mod.ts";
import { type Authority, type CertsDeps, newSerial } from "./authority.ts";
import { identityUri } from "./certificate_facts.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { LOCAL_HOSTS, parseHosts } from "./host_names.ts";
import { KEY_ALGORITHM } from "./key_pair.ts";
import { BACKDATE_MS, DAY_MS, VALID_DAYS_DEFAULT, VALID_DAYS_MAX } from "./validity.ts";
import { x509 } from "./x509.ts";

/** Whom a certificate is for. All of it is the authority's decision; a request brings a key only. */
export interface IssueOptions {
  /** What its holder may do. */
  readonly role: Role;
  /** Host or person, see `isHostName`. */
  readonly name: string;
  /** The holder's public key. */
  readonly publicKey: CryptoKey;
  /** Names and addresses under which a master answers; those of its own machine are added. Others must give none. */
  readonly hosts?: readonly string[];
  /** Life in days, 1 to VALID_DAYS_MAX. Default by role, see VALID_DAYS_DEFAULT. */
  readonly validDays?: number;
}

/** A certificate that the authority just made. */
export interface IssuedCertificate {
  /** The certificate alone. */
  readonly certificatePem: string;
  /** Role, name and fingerprint. */
  readonly identity: Identity;
  /** 32 hexadecimal digits. */
  readonly serial: string;
  /** First moment at which it holds, milliseconds since 1970 UTC. */
  readonly notBeforeMs: number;
  /** Last moment at which it holds, milliseconds since 1970 UTC. */
  readonly notAfterMs: number;
}

/**
 * Makes a certificate.
 *
 * It is good for TLS with one purpose: a master serves and dials, all others only dial. It starts an
 * hour in the past and never outlives the authority.
 *
 * @param authority Who signs.
 * @param options Whom it is for.
 * @param deps Clock and randomness.
 * @throws {DomainError} `usage` for a name or host that cannot be one; `certificate_invalid` if the
 * authority itself has run out.
 * @throws {RangeError} If `validDays` is out of range, or hosts are given for another role.
 */
export async function issueCertificate(
  authority: Authority,
  options: IssueOptions & CertsDeps,
): Promise<IssuedCertificate> {
  const { role, name, publicKey, clock, random } = options;
  assertOptions(options);
  const nowMs = clock.nowMs();
  if (nowMs >= authority.notAfterMs) {
    throw new DomainError("certificate_invalid", "Cannot issue: the farm's authority has expired", {
      hint: "Make a new authority in a new state folder: olive certs init --state-dir DIR",
    });
  }
  const validDays = options.validDays ?? VALID_DAYS_DEFAULT[role];
  // Certificates count whole seconds.
  const notBeforeMs = Math.floor((nowMs - BACKDATE_MS) / 1000) * 1000;
  const notAfterMs = Math.min(
    Math.floor((nowMs + validDays * DAY_MS) / 1000) * 1000,
    authority.notAfterMs,
  );
  const serial = newSerial(random);
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    issuer: issuer.subjectName,
    subject: [{ CN: [name] }, { OU: [role] }],
    notBefore: new Date(notBeforeMs),
    notAfter: new Date(notAfterMs),
    publicKey,
    signingKey: authority.signingKey,
    signingAlgorithm: KEY_ALGORITHM,
    extensions: await extensionsFor(issuer, options),
  });
  const fingerprint = fingerprintOf(certificate.rawData);
  return {
    certificatePem: certificate.toString("pem").trim() + "\n",
    identity: { role, name, fingerprint },
    serial,
    notBeforeMs,
    notAfterMs,
  };
}

function assertOptions(options: IssueOptions): void {
  const { role, name, hosts = [], validDays } = options;
  if (!isHostName(name)) {
    throw new DomainError("usage", `Cannot issue for ${JSON.stringify(name)}: no valid name`, {
      hint: "Use 1 to 63 lower-case letters, digits, '.', '_' or '-'",
    });
  }
  if (role !== "master" && hosts.length > 0) {
    throw new RangeError(`Cannot issue: only a master has hosts, not a ${role}`);
  }
  if (validDays !== undefined && !(validDays >= 1 && validDays <= VALID_DAYS_MAX)) {
    throw new RangeError(
      `Cannot issue: validDays is ${validDays}, must be in 1..${VALID_DAYS_MAX}`,
    );
  }
}

async function extensionsFor(
  issuer: x509.X509Certificate,
  options: IssueOptions,
): Promise<x509.Extension[]> {
  const { role, name, publicKey, hosts = [] } = options;
  const isMaster = role === "master";
  const purposes = isMaster
    ? [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]
    : [x509.ExtendedKeyUsage.clientAuth];
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension(purposes),
    new x509.SubjectAlternativeNameExtension([
      { type: "url", value: identityUri({ role, name }) },
      ...(isMaster ? parseHosts([...LOCAL_HOSTS, ...hosts]) : []),
    ]),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
  ];
}
