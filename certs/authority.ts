import { type Clock, DomainError, type RandomBytes, randomText } from "../mod/core/mod.ts";
import { fingerprintOf } from "./fingerprint.ts";
import {
  generateKeyPair,
  KEY_ALGORITHM,
  keyMatchesCertificate,
  privateKeyFromPem,
  privateKeyToPem,
} from "./key_pair.ts";
import { AUTHORITY_DAYS, BACKDATE_MS, DAY_MS } from "./validity.ts";
import { x509 } from "./x509.ts";

/** What everything that makes certificates needs. */
export interface CertsDeps {
  /** Decides validity. */
  readonly clock: Clock;
  /** Serial numbers and token secrets. */
  readonly random: RandomBytes;
}

/** The farm's certificate authority, ready to sign. */
export interface Authority {
  /** Its certificate; public, and pinned by every member of the farm. */
  readonly certificatePem: string;
  /** SHA-256 of its certificate, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** Last moment at which it holds, milliseconds since 1970 UTC. Nothing it signs lives longer. */
  readonly notAfterMs: number;
  /** Signs; the key itself stays inside the runtime's key object. */
  readonly signingKey: CryptoKey;
}

/**
 * Makes the authority of a new farm: P-256, ten years, may sign holders but no further authorities.
 *
 * @param deps Clock and randomness.
 * @returns The authority, and its private key as PEM for its file.
 */
export async function createAuthority(
  deps: CertsDeps,
): Promise<{ readonly authority: Authority; readonly keyPem: string }> {
  const keys = await generateKeyPair();
  const nowMs = deps.clock.nowMs();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // The random tag tells farms apart where only names are shown, in browsers for example.
    name: [{ CN: [`olive farm ${randomText(deps.random, 8)}`] }],
    keys,
    signingAlgorithm: KEY_ALGORITHM,
    serialNumber: newSerial(deps.random),
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + AUTHORITY_DAYS * DAY_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    authority: toAuthority(certificate, keys.privateKey),
    keyPem: await privateKeyToPem(keys.privateKey),
  };
}

/**
 * Takes up the authority from its two files.
 *
 * @param files The two texts.
 * @throws {DomainError} `config_invalid` if they cannot be read, do not belong together, or the
 * certificate is no authority.
 */
export async function loadAuthority(
  files: { readonly certificatePem: string; readonly keyPem: string },
): Promise<Authority> {
  const key = await privateKeyFromPem(files.keyPem, "of the authority");
  let certificate: x509.X509Certificate;
  try {
    certificate = new x509.X509Certificate(files.certificatePem);
  } catch (error) {
    throw new DomainError("config_invalid", "Cannot read the authority's certificate", {
      cause: error,
    });
  }
  const isAuthority = certificate.getExtension(x509.BasicConstraintsExtension)?.ca === true;
  if (!isAuthority || !await keyMatchesCertificate(key, files.certificatePem)) {
    throw new DomainError(
      "config_invalid",
      "Cannot use the authority: its certificate and its key do not belong together",
      { hint: "Put both files of the authority folder back from the same backup" },
    );
  }
  return toAuthority(certificate, key);
}

function toAuthority(certificate: x509.X509Certificate, signingKey: CryptoKey): Authority {
  return {
    certificatePem: certificate.toString("pem").trim() + "\n",
    fingerprint: fingerprintOf(certificate.rawData),
    notAfterMs: certificate.notAfter.getTime(),
    signingKey,
  };
}

/**
 * A serial number: 16 random bytes, positive and of full length (RFC 5280, 4.1.2.2 allows 20 octets).
 *
 * @returns 32 hexadecimal digits.
 */
export function newSerial(random: RandomBytes): string {
  const bytes = random(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
