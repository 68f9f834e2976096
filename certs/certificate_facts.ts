import { DomainError, type Identity, isHostName, isRole } from "../mod/core/mod.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { x509 } from "./x509.ts";

/** What a certificate of the farm says. Whether it still holds is the guard's question. */
export interface CertificateFacts {
  /** Role and name, as the authority put them in. */
  readonly identity: Identity;
  /** First moment at which it holds, milliseconds since 1970 UTC. */
  readonly notBeforeMs: number;
  /** Last moment at which it holds, milliseconds since 1970 UTC. */
  readonly notAfterMs: number;
  /** Names and addresses under which its holder may serve; empty for all but the master. */
  readonly hosts: readonly string[];
}

const IDENTITY_URI = /^olive:\/\/farm\/([a-z]{1,16})\/([a-z0-9._-]{1,63})$/;

/** The SAN URI that carries role and name. */
export function identityUri(identity: Pick<Identity, "role" | "name">): string {
  return `olive://farm/${identity.role}/${identity.name}`;
}

/**
 * Reads who a certificate is for.
 *
 * Reads the DER form itself, not a text that some layer made of it: such texts can be forged with
 * quotes and commas in names.
 *
 * @param der The certificate.
 * @returns Role, name, fingerprint, validity and hosts.
 * @throws {DomainError} `identity_refused` if it is none of a farm: unreadable, no role URI or more
 * than one, an unknown role, a certificate authority.
 */
export function readCertificateFacts(der: Uint8Array): CertificateFacts {
  const certificate = parseCertificate(der);
  if (certificate.getExtension(x509.BasicConstraintsExtension)?.ca === true) {
    throw refused("it is an authority, not a holder");
  }
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
  const uris = names.filter((name) => name.type === "url").map((name) => name.value);
  const [uri, ...others] = uris;
  if (uri === undefined || others.length > 0) throw refused("it names no single farm identity");
  const [, role, name] = IDENTITY_URI.exec(uri) ?? [];
  if (role === undefined || name === undefined || !isRole(role) || !isHostName(name)) {
    throw refused("its farm identity has no known role and name");
  }
  return {
    identity: { role, name, fingerprint: fingerprintOf(der) },
    notBeforeMs: certificate.notBefore.getTime(),
    notAfterMs: certificate.notAfter.getTime(),
    hosts: names.filter((entry) => entry.type === "dns" || entry.type === "ip")
      .map((entry) => entry.value),
  };
}

/** {@linkcode readCertificateFacts} of the first certificate in a PEM text. */
export function readCertificateFactsOfPem(pem: string): CertificateFacts {
  try {
    return readCertificateFacts(new Uint8Array(x509.PemConverter.decodeFirst(pem)));
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw refused("it cannot be read", error);
  }
}

function parseCertificate(der: Uint8Array): x509.X509Certificate {
  try {
    return new x509.X509Certificate(new Uint8Array(der));
  } catch (error) {
    throw refused("it cannot be read", error);
  }
}

function refused(why: string, cause?: unknown): DomainError {
  return new DomainError("identity_refused", `Cannot accept certificate: ${why}`, {
    hint: "Use a certificate of this farm: olive certs join TOKEN",
    cause,
  });
}
