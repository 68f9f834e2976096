import { isIP } from "node:net";
import { DomainError, type RandomBytes, randomText, type Role, ROLES } from "../mod/core/mod.ts";
import { sha256Hex } from "./fingerprint.ts";

/** What an enrolment token says to whoever holds it. The whole of it is a secret. */
export interface EnrolToken {
  /** Names the token; in logs and listings. Not secret by itself. */
  readonly tokenId: string;
  /** Proves that one was given the token: 40 hexadecimal digits, 160 random bits. */
  readonly secret: string;
  /** SHA-256 of the authority's certificate: who the master must prove to be. */
  readonly authorityFingerprint: string;
  /** Role that it enrols for. */
  readonly role: Role;
  /** Where the master's enrolment port is, `host:port`. */
  readonly address: string;
}

const PREFIX = "olive1.";
const TOKEN_ID_CHARS = 10;
const SECRET_BYTES = 20;
const CHECKSUM_BYTES = 4;
const FINGERPRINT_BYTES = 32;
const ADDRESS_CHARS_MAX = 262;
const FIXED_BYTES = CHECKSUM_BYTES + 1 + FINGERPRINT_BYTES + TOKEN_ID_CHARS + SECRET_BYTES;
/** Longest text that is looked at. */
const TOKEN_CHARS_MAX = PREFIX.length + Math.ceil((FIXED_BYTES + ADDRESS_CHARS_MAX) * 4 / 3) + 4;

/** A fresh id and secret. */
export function newTokenSecret(random: RandomBytes): Pick<EnrolToken, "tokenId" | "secret"> {
  return { tokenId: randomText(random, TOKEN_ID_CHARS), secret: toHex(random(SECRET_BYTES)) };
}

/** What is stored of a secret. A plain hash is enough: nobody can try 2^160 of them. */
export function hashTokenSecret(secret: string): string {
  return sha256Hex(new TextEncoder().encode(secret));
}

/**
 * A token as one line to paste: `olive1.` and base64url of checksum (4 bytes), role (1), authority
 * (32), id (10), secret (20) and address.
 *
 * @throws {DomainError} `usage` if the address is no `host:port`.
 */
export function formatToken(token: EnrolToken): string {
  if (!isAddress(token.address)) {
    throw new DomainError(
      "usage",
      `Cannot make token: ${JSON.stringify(token.address)} is no host:port`,
    );
  }
  const body = new Uint8Array([
    ROLES.indexOf(token.role),
    ...fromHex(token.authorityFingerprint),
    ...new TextEncoder().encode(token.tokenId),
    ...fromHex(token.secret),
    ...new TextEncoder().encode(token.address),
  ]);
  return PREFIX + toBase64Url(new Uint8Array([...checksum(body), ...body]));
}

/**
 * Reads a pasted token. White space around and line breaks inside do not matter.
 *
 * @throws {DomainError} `token_refused` saying whether it is no token, is of a newer version, or was
 * damaged on the way. The text is never repeated.
 */
export function parseToken(text: string): EnrolToken {
  const compact = text.replace(/\s+/g, "");
  if (!compact.startsWith(PREFIX)) {
    const isNewer = /^olive\d+\./.test(compact);
    throw refused(isNewer ? "it is of another version of olive" : "it does not begin with olive1.");
  }
  if (compact.length > TOKEN_CHARS_MAX) throw refused("it is too long");
  const bytes = fromBase64Url(compact.slice(PREFIX.length));
  if (bytes === undefined || bytes.length <= FIXED_BYTES) throw refused("a part of it is missing");
  const body = bytes.subarray(CHECKSUM_BYTES);
  if (toHex(checksum(body)) !== toHex(bytes.subarray(0, CHECKSUM_BYTES))) {
    throw refused("it was damaged on the way");
  }
  let offset = 1;
  function take(length: number): Uint8Array {
    offset += length;
    return body.subarray(offset - length, offset);
  }
  const authorityFingerprint = toHex(take(FINGERPRINT_BYTES));
  const tokenId = new TextDecoder().decode(take(TOKEN_ID_CHARS));
  const secret = toHex(take(SECRET_BYTES));
  const address = new TextDecoder().decode(body.subarray(offset));
  const role = ROLES[body[0] ?? -1];
  if (role === undefined || !isAddress(address)) throw refused("it is of another version of olive");
  return { tokenId, secret, authorityFingerprint, role, address };
}

function isAddress(text: string): boolean {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  if (match === null || text.length > ADDRESS_CHARS_MAX) return false;
  const [, ipv6, , port] = match;
  return (ipv6 === undefined || isIP(ipv6) === 6) && Number(port) >= 1 && Number(port) <= 65_535;
}

/** Against typing and pasting errors, not against anyone. */
function checksum(body: Uint8Array): Uint8Array {
  return fromHex(sha256Hex(body).slice(0, CHECKSUM_BYTES * 2));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16);
  }
  return bytes;
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64Url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function refused(why: string): DomainError {
  return new DomainError("token_refused", `Cannot read enrolment token: ${why}`, {
    hint: "Copy the whole line that olive certs token printed, or make a new one there",
  });
}
