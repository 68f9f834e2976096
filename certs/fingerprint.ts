import { createHash, timingSafeEqual } from "node:crypto";
import { x509 } from "./x509.ts";

/** SHA-256 of a certificate's DER form, 64 lower-case hexadecimal digits. */
export function fingerprintOf(der: Uint8Array | ArrayBuffer): string {
  return sha256Hex(der instanceof Uint8Array ? der : new Uint8Array(der));
}

/** Fingerprint of the first certificate in a PEM text. Throws if there is none. */
export function fingerprintOfPem(pem: string): string {
  return fingerprintOf(x509.PemConverter.decodeFirst(pem));
}

/** SHA-256 of bytes, 64 lower-case hexadecimal digits. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Compares two texts without telling by its duration where they differ. Lengths are no secret. */
export function equalInConstantTime(a: string, b: string): boolean {
  const left = new TextEncoder().encode(a);
  const right = new TextEncoder().encode(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
