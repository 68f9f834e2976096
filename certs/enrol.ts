import { DomainError, isHostName, type Role } from "../mod/core/mod.ts";
import type { Authority, CertsDeps } from "./authority.ts";
import { equalInConstantTime } from "./fingerprint.ts";
import { issueCertificate, type IssuedCertificate } from "./issue.ts";
import {
  type CertificateRecord,
  type CertificateRegistry,
  isActive,
  toRecord,
} from "./registry.ts";
import { verifySigningRequest } from "./signing_request.ts";
import { formatToken, hashTokenSecret, newTokenSecret } from "./token.ts";
import {
  isOutstanding,
  TOKEN_MS_DEFAULT,
  TOKEN_MS_MAX,
  type TokenRecord,
  type TokenStore,
} from "./token_store.ts";

/** What enrolment needs on the authority's side. */
export interface EnrolDeps extends CertsDeps {
  /** Signs. */
  readonly authority: Authority;
  /** Where tokens are kept. */
  readonly tokens: TokenStore;
  /** Where certificates are listed. */
  readonly registry: CertificateRegistry;
  /** Told why an enrolment was refused, for the log; the caller is not. */
  readonly onRefused?: (refusal: { readonly tokenId: string; readonly reason: string }) => void;
}

/** What a token is to give. */
export interface CreateTokenOptions {
  /** Any but `master`. */
  readonly role: Role;
  /** Name of the certificate; absent: the new machine chooses one that is free. */
  readonly name?: string | undefined;
  /** Where the new machine reaches the enrolment port, `host:port`; a host of the master's certificate. */
  readonly address: string;
  /** Life, milliseconds, 1,000 to TOKEN_MS_MAX. Default TOKEN_MS_DEFAULT. */
  readonly ttlMs?: number;
}

/**
 * Makes a single-use enrolment token.
 *
 * @returns The line to paste on the new machine, which is kept nowhere, and what is stored.
 * @throws {DomainError} `usage` for a bad name, address, role or life.
 */
export async function createToken(
  options: CreateTokenOptions,
  deps: EnrolDeps,
): Promise<{ readonly token: string; readonly record: TokenRecord }> {
  const { role, name, address, ttlMs = TOKEN_MS_DEFAULT } = options;
  if (role === "master" || (name !== undefined && !isHostName(name))) {
    throw new DomainError("usage", `Cannot make token: bad role or name ${role} ${name ?? ""}`, {
      hint:
        "Roles are worker, client and admin; names are lower-case letters, digits, '.', '_', '-'",
    });
  }
  if (!(ttlMs >= 1_000 && ttlMs <= TOKEN_MS_MAX)) {
    throw new DomainError(
      "usage",
      `Cannot make token: life is ${ttlMs} ms, at most ${TOKEN_MS_MAX}`,
    );
  }
  const { tokenId, secret } = newTokenSecret(deps.random);
  const { fingerprint: authorityFingerprint } = deps.authority;
  const token = formatToken({ tokenId, secret, authorityFingerprint, role, address });
  const nowMs = deps.clock.nowMs();
  const record: TokenRecord = {
    tokenId,
    secretHash: hashTokenSecret(secret),
    role,
    name,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + ttlMs,
    failures: 0,
    usedAtMs: undefined,
  };
  await deps.tokens.add(record);
  return { token, record };
}

/** What a new machine sends. */
export interface EnrolRequest {
  /** From the token. */
  readonly tokenId: string;
  /** From the token. */
  readonly secret: string;
  /** Signing request of the key that it made. Only the key is taken from it. */
  readonly csrPem: string;
  /** What it would like to be called; the token's own name wins. */
  readonly name?: string | undefined;
}

/**
 * Gives a new machine its first certificate, for a token.
 *
 * Whatever is wrong with the token, the answer is the same, takes the same comparison, and says
 * nothing; `onRefused` learns the reason. Only who knows the secret learns that its request or name
 * cannot be used, and that does not use the token up.
 *
 * @param request What it sent.
 * @param deps Authority, stores, clock and randomness.
 * @returns The certificate, listed; pass `record` to the guard.
 * @throws {DomainError} `token_refused` for an unknown, used, expired or burnt token, or a wrong
 * secret; `request_invalid` for a bad signing request or a name that is taken.
 */
export async function enrol(
  request: EnrolRequest,
  deps: EnrolDeps,
): Promise<{ readonly issued: IssuedCertificate; readonly record: CertificateRecord }> {
  const token = await requireToken(request, deps);
  const publicKey = await verifySigningRequest(request.csrPem);
  const name = token.name ?? await freeName(request.name, token.role, deps);
  const { clock, random } = deps;
  const issued = await issueCertificate(deps.authority, {
    role: token.role,
    name,
    publicKey,
    clock,
    random,
  });
  const atMs = clock.nowMs();
  const certificate = toRecord(issued, { origin: "token", issuedAtMs: atMs });
  if (!await deps.tokens.consume({ tokenId: token.tokenId, atMs, certificate })) {
    throw refuse(request, "another request used it up", deps);
  }
  return { issued, record: certificate };
}

// Compared with where there is no token, so that unknown ids take as long as wrong secrets.
const NO_SECRET_HASH = "0".repeat(64);

async function requireToken(request: EnrolRequest, deps: EnrolDeps): Promise<TokenRecord> {
  const token = await deps.tokens.find(request.tokenId);
  const isRight = equalInConstantTime(
    hashTokenSecret(request.secret),
    token?.secretHash ?? NO_SECRET_HASH,
  );
  if (token === undefined) throw refuse(request, "no such token", deps);
  if (!isRight) {
    await deps.tokens.recordFailure(token.tokenId);
    throw refuse(request, `wrong secret, ${token.failures + 1} so far`, deps);
  }
  if (!isOutstanding(token, deps.clock.nowMs())) {
    const why = token.usedAtMs !== undefined ? "used before" : "expired or burnt";
    throw refuse(request, why, deps);
  }
  return token;
}

/** A name that the new machine chose must not be that of another member: it would speak for it. */
async function freeName(name: string | undefined, role: Role, deps: EnrolDeps): Promise<string> {
  if (name === undefined || !isHostName(name)) {
    throw new DomainError("request_invalid", "Cannot enrol: the request has no valid name", {
      hint: "Give one: olive certs join TOKEN --name NAME",
    });
  }
  const nowMs = deps.clock.nowMs();
  const records = await deps.registry.list({ afterMs: nowMs });
  if (records.some((each) => each.name === name && each.role === role && isActive(each, nowMs))) {
    throw new DomainError("request_invalid", `Cannot enrol: the name ${name} is taken`, {
      hint: "Choose another: olive certs join TOKEN --name NAME; or make a token for this name",
    });
  }
  return name;
}

function refuse(request: EnrolRequest, reason: string, deps: EnrolDeps): DomainError {
  deps.onRefused?.({ tokenId: request.tokenId.slice(0, 64), reason });
  return new DomainError("token_refused", "Cannot enrol: the token is not valid", {
    hint: "Tokens work once and for a limited time; make a new one: olive certs token",
  });
}
