import { DomainError } from "../mod/core/mod.ts";
import { x509 } from "./x509.ts";

/** ECDSA on P-256 with SHA-256: the only kind of key in a farm. */
export const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** Makes a new key pair, from the runtime's own randomness. */
export async function generateKeyPair(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
}

/** A private key as PEM (PKCS #8). The text is a secret: it goes into a file of mode 0600 and nowhere else. */
export async function privateKeyToPem(privateKey: CryptoKey): Promise<string> {
  const der = await crypto.subtle.exportKey("pkcs8", privateKey);
  return x509.PemConverter.encode(der, "PRIVATE KEY") + "\n";
}

/**
 * Reads a private key.
 *
 * @param pem PKCS #8, P-256.
 * @param where Its file, for the message.
 * @throws {DomainError} `config_invalid` if it is anything else. The text is never repeated.
 */
export async function privateKeyFromPem(pem: string, where: string): Promise<CryptoKey> {
  try {
    const der = x509.PemConverter.decodeFirst(pem);
    return await crypto.subtle.importKey("pkcs8", der, KEY_ALGORITHM, true, ["sign"]);
  } catch {
    // The cause is dropped: a parser's message may quote what it could not read.
    throw new DomainError("config_invalid", `Cannot read private key ${where}: no P-256 PKCS #8`, {
      hint: "Put the file back from a backup, or make a new certificate",
    });
  }
}

const PROOF = new TextEncoder().encode("olive: do these belong together?");

/**
 * Whether a certificate was made for this private key.
 *
 * @param privateKey The key.
 * @param certificatePem The certificate; must be readable.
 */
export async function keyMatchesCertificate(
  privateKey: CryptoKey,
  certificatePem: string,
): Promise<boolean> {
  const signature = await crypto.subtle.sign(KEY_ALGORITHM, privateKey, PROOF);
  const certificate = new x509.X509Certificate(certificatePem);
  try {
    const publicKey = await certificate.publicKey.export(KEY_ALGORITHM, ["verify"]);
    return await crypto.subtle.verify(KEY_ALGORITHM, publicKey, signature, PROOF);
  } catch {
    // A certificate for another kind of key does not belong to this one.
    return false;
  }
}
