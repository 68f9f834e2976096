import { DomainError } from "../mod/core/mod.ts";
import { KEY_ALGORITHM } from "./key_pair.ts";
import { x509 } from "./x509.ts";

/** Longest signing request that is read, characters. A real one has about 400. */
export const CSR_CHARS_MAX = 16_384;

/** Makes a signing request: it proves possession of the key and asks for nothing else. */
export async function createSigningRequest(keys: CryptoKeyPair): Promise<string> {
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    // Any name would do: the authority takes none from here.
    name: [{ CN: ["olive"] }],
    keys,
    signingAlgorithm: KEY_ALGORITHM,
  });
  return request.toString("pem").trim() + "\n";
}

/**
 * Checks a signing request and takes the public key out of it. Subject and extensions are not read.
 *
 * @param csrPem PEM, at most CSR_CHARS_MAX characters.
 * @returns The key, whose private half the sender has.
 * @throws {DomainError} `request_invalid` if it cannot be read, is not signed by its own key, or its
 * key is not P-256.
 */
export async function verifySigningRequest(csrPem: string): Promise<CryptoKey> {
  if (csrPem.length > CSR_CHARS_MAX) throw invalid(`longer than ${CSR_CHARS_MAX} characters`);
  let request: x509.Pkcs10CertificateRequest;
  let isSigned: boolean;
  try {
    request = new x509.Pkcs10CertificateRequest(csrPem);
    isSigned = await request.verify();
  } catch (error) {
    throw invalid("it cannot be read", error);
  }
  if (!isSigned) throw invalid("its signature is not of its own key");
  const { name, namedCurve } = request.publicKey.algorithm as EcKeyAlgorithm;
  if (name !== KEY_ALGORITHM.name || namedCurve !== KEY_ALGORITHM.namedCurve) {
    throw invalid(`its key is ${name} ${namedCurve ?? ""}, must be ECDSA P-256`);
  }
  return await request.publicKey.export(KEY_ALGORITHM, ["verify"]);
}

function invalid(why: string, cause?: unknown): DomainError {
  return new DomainError("request_invalid", `Cannot use signing request: ${why}`, { cause });
}
