import { DomainError } from "../core/mod.ts";

/** Version of the HTTP contract: `major.minor`. A change that an older peer cannot follow raises major. */
export const PROTOCOL_VERSION = "1.0";
/** Header with which each side tells its protocol version. */
export const PROTOCOL_HEADER = "olive-protocol";

/**
 * Checks that a peer speaks a protocol that this program understands: the same major version, and
 * a minor at most one behind.
 *
 * @param theirs `major.minor` as the peer's header says; absent is taken as not understood.
 * @throws {DomainError} `version_mismatch` saying both versions.
 */
export function assertProtocol(theirs: string | undefined): void {
  const [ourMajor = 0, ourMinor = 0] = PROTOCOL_VERSION.split(".").map(Number);
  const match = /^(\d{1,4})\.(\d{1,4})$/.exec(theirs ?? "");
  const major = Number(match?.[1] ?? -1);
  const minor = Number(match?.[2] ?? -1);
  if (major === ourMajor && minor >= ourMinor - 1) return;
  throw new DomainError(
    "version_mismatch",
    `Cannot talk to a peer of protocol ${theirs ?? "(none)"}: this is protocol ${PROTOCOL_VERSION}`,
    { hint: "Install the same version of olive on both machines" },
  );
}
