import {
  type Authority,
  type CertificateGuard,
  type CertificateRecord,
  type CertificateRegistry,
  enrol,
  type IssuedCertificate,
  renewCertificate,
  type TokenStore,
} from "../../certs/mod.ts";
import type { Clock, Identity, RandomBytes } from "../core/mod.ts";
import type { Logger } from "../log/mod.ts";
import type { CertificateReply, EnrolRequest, RenewRequest } from "../wire/mod.ts";

/** What the certificate services need. */
export interface CertificateServiceDeps {
  readonly authority: Authority;
  readonly registry: CertificateRegistry;
  readonly tokens: TokenStore;
  readonly guard: CertificateGuard;
  /** Counts up with every change of the lists, also by another process (`olive certs`). */
  readonly revision: () => Promise<number>;
  /** What new members are told: where this master listens. */
  readonly masterUrl: () => string;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly logger: Logger;
}

/** Certificates as the running master gives and takes them. */
export interface CertificateServices {
  /** Successor of the caller's own certificate. Throws what `renewCertificate` does. */
  renew(request: RenewRequest, who: Identity): Promise<CertificateReply>;
  /** First certificate of a new machine. Throws what `enrol` does. */
  enrol(request: EnrolRequest, remoteAddress: string): Promise<CertificateReply>;
  /**
   * Takes up what changed in the lists since the last look.
   *
   * @returns Tokens that are outstanding, or `undefined` if nothing changed.
   */
  refresh(): Promise<number | undefined>;
  /** Tokens that are outstanding now. */
  countTokens(): Promise<number>;
}

/** The certificate services of a master. The guard is kept up to date by them. */
export function createCertificateServices(deps: CertificateServiceDeps): CertificateServices {
  const { guard, registry, clock, logger } = deps;
  let seenRevision = -1;
  function accept(
    made: { issued: IssuedCertificate; record: CertificateRecord },
  ): CertificateReply {
    guard.put(made.record);
    return {
      certificatePem: made.issued.certificatePem,
      authorityPem: deps.authority.certificatePem,
      role: made.record.role,
      name: made.record.name,
      fingerprint: made.record.fingerprint,
      notAfterMs: made.record.notAfterMs,
      masterUrl: deps.masterUrl(),
    };
  }
  return {
    async renew(request, identity): Promise<CertificateReply> {
      const made = await renewCertificate({ identity, csrPem: request.csrPem }, deps);
      logger.info("certificate_renewed", `New certificate for ${identity.name}`, {
        role: identity.role,
      });
      return accept(made);
    },
    async enrol(request, remoteAddress): Promise<CertificateReply> {
      const made = await enrol(request, {
        ...deps,
        onRefused: (refusal) =>
          logger.warn("token_refused", `Token ${refusal.tokenId}: ${refusal.reason}`, {
            address: remoteAddress,
          }),
      });
      logger.info("certificate_issued", `${made.record.name} joined as ${made.record.role}`, {
        address: remoteAddress,
      });
      return accept(made);
    },
    async refresh(): Promise<number | undefined> {
      const revision = await deps.revision();
      if (revision === seenRevision) return undefined;
      seenRevision = revision;
      const nowMs = clock.nowMs();
      guard.replaceAll(await registry.list({ afterMs: nowMs }));
      return await deps.tokens.countOutstanding(nowMs);
    },
    countTokens: () => deps.tokens.countOutstanding(clock.nowMs()),
  };
}
