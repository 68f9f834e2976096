import { type Clock, DomainError, isHostName, type Role } from "../mod/core/mod.ts";
import { acceptCertificate, type CertificateAnswer } from "./accept_certificate.ts";
import { assertNoIdentity, createIdentityFiles, type LoadedIdentity } from "./identity_files.ts";
import { generateKeyPair, privateKeyToPem } from "./key_pair.ts";
import { createSigningRequest } from "./signing_request.ts";
import { identityDir } from "./state_dir.ts";
import { parseToken } from "./token.ts";

/** One enrolment over the network. */
export interface EnrolCallOptions {
  /** Enrolment port of the master, `host:port`. */
  readonly address: string;
  /** SHA-256 of the authority that the master must prove to belong to, before it is sent anything secret. */
  readonly authorityFingerprint: string;
  /** What to send then. */
  readonly request: {
    readonly tokenId: string;
    readonly secret: string;
    readonly csrPem: string;
    readonly name?: string | undefined;
  };
}

/** Sends an enrolment to a master; `enrolWithMaster` of `mod/tls` is one. */
export type EnrolCall = (options: EnrolCallOptions) => Promise<CertificateAnswer>;

/** What `olive certs join` does. */
export interface JoinOptions {
  /** The pasted line. */
  readonly token: string;
  /** Folder of this machine's farm files, see `resolveStateDir`. */
  readonly stateDir: string;
  /** What this machine would like to be called. */
  readonly name: string;
}

/**
 * Joins a farm: makes a key here, has the master sign it, checks the answer, and writes the files.
 *
 * The key never leaves this machine, and the token's secret is sent to nobody but a master of the
 * authority that the token pins. On any failure nothing is written.
 *
 * @param options Token, folder and wished name.
 * @param deps Network and clock.
 * @returns The identity, as its folder now holds it.
 * @throws {DomainError} `token_refused`, `usage` (name), `config_invalid` (this machine has such an
 * identity already), `identity_refused` (somebody else answers there), `master_unreachable`,
 * `certificate_invalid` (the answer does not fit).
 */
export async function joinFarm(
  options: JoinOptions,
  deps: { readonly enrol: EnrolCall; readonly clock: Clock },
): Promise<LoadedIdentity> {
  const token = parseToken(options.token);
  if (!isHostName(options.name)) {
    throw new DomainError(
      "usage",
      `Cannot join as ${JSON.stringify(options.name)}: no valid name`,
      {
        hint: "Give one of lower-case letters, digits, '.', '_' and '-': --name NAME",
      },
    );
  }
  const dir = identityDir(options.stateDir, token.role);
  // Before the token is used up.
  await assertNoIdentity(dir);
  const keys = await generateKeyPair();
  const { tokenId, secret, authorityFingerprint, address } = token;
  const csrPem = await createSigningRequest(keys);
  const answer = await deps.enrol({
    address,
    authorityFingerprint,
    request: { tokenId, secret, csrPem, name: options.name },
  });
  return await writeJoined({ answer, keys, dir }, {
    authorityFingerprint,
    role: token.role,
    nowMs: deps.clock.nowMs(),
  });
}

async function writeJoined(
  joined: {
    readonly answer: CertificateAnswer;
    readonly keys: CryptoKeyPair;
    readonly dir: string;
  },
  expected: {
    readonly authorityFingerprint: string;
    readonly role: Role;
    readonly nowMs: number;
  },
): Promise<LoadedIdentity> {
  const { answer, keys, dir } = joined;
  const facts = await acceptCertificate(answer, { ...expected, privateKey: keys.privateKey });
  const files = {
    key: await privateKeyToPem(keys.privateKey),
    cert: answer.certificatePem,
    ca: answer.authorityPem,
    masterUrl: answer.masterUrl,
  };
  await createIdentityFiles(dir, files);
  return { ...files, facts, identity: facts.identity, dir };
}
