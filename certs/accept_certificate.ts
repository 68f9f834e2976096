import { DomainError, type Role } from "../mod/core/mod.ts";
import { type CertificateFacts, readCertificateFactsOfPem } from "./certificate_facts.ts";
import { isSignedBy } from "./chain.ts";
import { equalInConstantTime, fingerprintOfPem } from "./fingerprint.ts";
import { keyMatchesCertificate } from "./key_pair.ts";

/** A certificate that came over the wire. */
export interface CertificateAnswer {
  /** The new certificate. */
  readonly certificatePem: string;
  /** The authority that it hangs on. */
  readonly authorityPem: string;
  /** Where the master listens. */
  readonly masterUrl: string;
}

/** What it must be. */
export interface ExpectedCertificate {
  /** SHA-256 of the farm's authority. */
  readonly authorityFingerprint: string;
  /** The key that was asked for. */
  readonly privateKey: CryptoKey;
  /** The role that was asked for. */
  readonly role: Role;
  /** The name, if it is known before. */
  readonly name?: string | undefined;
  /** Now, milliseconds since 1970 UTC. */
  readonly nowMs: number;
}

/**
 * Checks a new certificate before anything is written: of the pinned authority, for the key that was
 * made here, with the role and name that were asked for, valid now.
 *
 * @returns What it says.
 * @throws {DomainError} `certificate_invalid` saying which of it does not hold.
 */
export async function acceptCertificate(
  answer: CertificateAnswer,
  expected: ExpectedCertificate,
): Promise<CertificateFacts> {
  if (!equalInConstantTime(authorityFingerprint(answer), expected.authorityFingerprint)) {
    throw invalid("it comes with another authority than ours");
  }
  if (!await isSignedBy(answer)) throw invalid("our authority has not signed it");
  if (!await keyMatchesCertificate(expected.privateKey, answer.certificatePem)) {
    throw invalid("it is for another key");
  }
  const facts = readCertificateFactsOfPem(answer.certificatePem);
  const { role, name } = facts.identity;
  if (role !== expected.role || (expected.name !== undefined && name !== expected.name)) {
    throw invalid(`it is for ${role} ${name}, not for ${expected.role} ${expected.name ?? ""}`);
  }
  if (expected.nowMs < facts.notBeforeMs || expected.nowMs >= facts.notAfterMs) {
    const now = new Date(expected.nowMs).toISOString();
    throw invalid(`it is not valid at this machine's time, ${now}`);
  }
  return facts;
}

function authorityFingerprint(answer: CertificateAnswer): string {
  try {
    return fingerprintOfPem(answer.authorityPem);
  } catch (error) {
    throw invalid("its authority cannot be read", error);
  }
}

function invalid(why: string, cause?: unknown): DomainError {
  return new DomainError("certificate_invalid", `Cannot take certificate: ${why}`, {
    hint: "Check the clocks of both machines; if they are right, ask who runs this master",
    cause,
  });
}
