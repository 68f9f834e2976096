import { x509 } from "./x509.ts";

/**
 * Whether a certificate bears an authority's signature. Says nothing about validity in time.
 *
 * @param pem Both certificates.
 * @returns `false` also for what cannot be read.
 */
export async function isSignedBy(
  pem: { readonly certificatePem: string; readonly authorityPem: string },
): Promise<boolean> {
  try {
    const certificate = new x509.X509Certificate(pem.certificatePem);
    const authority = new x509.X509Certificate(pem.authorityPem);
    if (certificate.issuer !== authority.subject) return false;
    return await certificate.verify({ publicKey: authority.publicKey, signatureOnly: true });
  } catch {
    // What cannot be read bears no signature.
    return false;
  }
}

/** Serial number of a certificate, lower-case hexadecimal digits. */
export function serialOf(certificatePem: string): string {
  return new x509.X509Certificate(certificatePem).serialNumber.toLowerCase();
}
