import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { DomainError, type Identity } from "../core/mod.ts";

/** The certificate that the other end of a connection presented. TLS has verified its signature. */
export interface PeerCertificate {
  /** SHA-256 of `der`, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** The certificate itself. */
  readonly der: Uint8Array;
}

/** Decides who a peer is; the listener asks it on every request. */
export interface PeerGuard {
  /**
   * Who presents this certificate.
   *
   * @throws {DomainError} `identity_refused` if it does not hold now.
   */
  check(peer: PeerCertificate): Identity;
  /** Calls the listener for each certificate that stops to hold by revocation. Returns how to end it. */
  onRevoked(listener: (fingerprint: string) => void): () => void;
}

/**
 * Reads the certificate of a connection's other end.
 *
 * @param socket A TLS connection whose handshake is done.
 * @returns The certificate, never a partial one.
 * @throws {DomainError} `identity_refused` if the runtime shows none: fails closed.
 */
export function readPeerCertificate(socket: Socket): PeerCertificate {
  const { authorized } = socket as TLSSocket;
  const presented = (socket as TLSSocket).getPeerCertificate?.();
  const raw: unknown = presented?.raw;
  if (authorized !== true || !(raw instanceof Uint8Array) || raw.length === 0) {
    throw new DomainError("identity_refused", "Cannot accept connection: it has no certificate", {
      hint: "Use a certificate of this farm: olive certs join TOKEN",
    });
  }
  const der = new Uint8Array(raw);
  return { fingerprint: createHash("sha256").update(der).digest("hex"), der };
}
