import {
  type LoadedIdentity,
  loadIdentityFiles,
  needsRenewal,
  type RenewDeps,
  renewLocally,
} from "../certs/mod.ts";
import type { CertificateGuard } from "../certs/mod.ts";
import { formatError } from "../mod/core/mod.ts";
import type { Logger } from "../mod/log/mod.ts";

/** What keeping the master's certificate fresh needs. */
export interface MasterRenewalDeps extends RenewDeps {
  readonly guard: Pick<CertificateGuard, "put">;
  readonly logger: Logger;
  /** Takes up another pair: listeners from now on show it. */
  readonly reload: (identity: LoadedIdentity) => void;
}

const CHECK_MS = 60_000;
/** After a look that failed: a busy database or a pair of files that was just being replaced. */
const RETRY_MS = 2_000;

/**
 * Renews the master's own certificate in the last third of its life, and takes up files that a
 * command has replaced (`olive certs renew`, `olive certs init --host`). Runs until the signal aborts.
 *
 * @param identity The one that is served now.
 */
export async function keepMasterRenewed(
  identity: LoadedIdentity,
  deps: MasterRenewalDeps,
  signal: AbortSignal,
): Promise<void> {
  let served = identity;
  let pauseMs = CHECK_MS;
  do {
    pauseMs = CHECK_MS;
    try {
      const found = await freshen(await loadIdentityFiles(identity.dir), deps);
      if (found.cert === served.cert) continue;
      served = found;
      deps.reload(served);
      deps.logger.info("certificate_reloaded", "The master shows its new certificate");
    } catch (error) {
      // The old one holds for a third of its life yet; the next look tries again.
      pauseMs = RETRY_MS;
      deps.logger.warn("loop_failed", `Cannot renew: ${formatError(error)}`, { err: error });
    }
  } while (await deps.clock.sleep(pauseMs, signal));
}

async function freshen(
  identity: LoadedIdentity,
  deps: MasterRenewalDeps,
): Promise<LoadedIdentity> {
  if (!needsRenewal(identity.facts, deps.clock.nowMs())) return identity;
  const { loaded, record } = await renewLocally(identity, deps);
  deps.guard.put(record);
  deps.logger.info("certificate_renewed", "The master's certificate was renewed");
  return loaded;
}
