import type { Role } from "../mod/core/mod.ts";
import type { CertificateRecord } from "./registry.ts";

/** Wrong secrets after which a token is worth nothing. */
export const TOKEN_FAILURES_MAX = 5;
/** Default life of a token, milliseconds. */
export const TOKEN_MS_DEFAULT = 3_600_000;
/** Longest life of a token, milliseconds: a week. */
export const TOKEN_MS_MAX = 7 * 86_400_000;

/** What the farm keeps of a token. The secret itself is not in it. */
export interface TokenRecord {
  /** Key of the record. */
  readonly tokenId: string;
  /** SHA-256 of the secret, 64 lower-case hexadecimal digits. */
  readonly secretHash: string;
  /** Role of the certificate that it gives. */
  readonly role: Role;
  /** Name of the certificate that it gives; absent: the new machine chooses one that is free. */
  readonly name: string | undefined;
  /** When it was made, milliseconds since 1970 UTC. */
  readonly createdAtMs: number;
  /** First moment at which it is worth nothing, milliseconds since 1970 UTC. */
  readonly expiresAtMs: number;
  /** How often a wrong secret came with it. */
  readonly failures: number;
  /** When it was used, milliseconds since 1970 UTC; absent while it was not. */
  readonly usedAtMs: number | undefined;
}

/** Where the farm keeps its tokens. */
export interface TokenStore {
  /** Adds a record, durably. The id must be new. */
  add(record: TokenRecord): Promise<void>;
  /** The record of a token, `undefined` if there is none. */
  find(tokenId: string): Promise<TokenRecord | undefined>;
  /** Counts a wrong secret: adds one to `failures`, atomically. Nothing happens to unknown ids. */
  recordFailure(tokenId: string): Promise<void>;
  /**
   * Uses a token up, and lists the certificate that it gave, in one durable transaction.
   *
   * A compare-and-set: only while {@linkcode isOutstanding} holds at `atMs`. Of two callers at once
   * one wins.
   *
   * @returns Whether this call used it up; `false` changes nothing.
   */
  consume(use: TokenUse): Promise<boolean>;
  /** Tokens that are outstanding at a moment. The enrolment port is open while there are any. */
  countOutstanding(nowMs: number): Promise<number>;
}

/** One use of a token. */
export interface TokenUse {
  /** Which. */
  readonly tokenId: string;
  /** When, milliseconds since 1970 UTC. */
  readonly atMs: number;
  /** What it gave. */
  readonly certificate: CertificateRecord;
}

/** Whether a token can still be used: not used, not expired, not burnt by wrong secrets. */
export function isOutstanding(record: TokenRecord, nowMs: number): boolean {
  return record.usedAtMs === undefined && nowMs < record.expiresAtMs &&
    record.failures < TOKEN_FAILURES_MAX;
}
