import { isIP } from "node:net";
import { DomainError } from "../mod/core/mod.ts";

/** Names under which the master always answers on its own machine. */
export const LOCAL_HOSTS: readonly string[] = ["localhost", "127.0.0.1", "::1"];

const DNS_NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** A name or address in a certificate. */
export interface HostEntry {
  /** Which kind it is. */
  readonly type: "dns" | "ip";
  /** The name in lower case, or the address. */
  readonly value: string;
}

/**
 * Sorts host names and addresses for a certificate, without repeats.
 *
 * @param hosts DNS names, IPv4 or IPv6 addresses; brackets around IPv6 are taken off. No wildcards.
 * @returns One entry each, in order.
 * @throws {DomainError} `usage` for anything else.
 */
export function parseHosts(hosts: readonly string[]): HostEntry[] {
  const entries = new Map<string, HostEntry>();
  for (const given of hosts) {
    const value = given.trim().toLowerCase().replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
    if (isIP(value) !== 0) {
      entries.set(value, { type: "ip", value: isIP(value) === 6 ? canonicalIpv6(value) : value });
    } else if (DNS_NAME.test(value)) {
      entries.set(value, { type: "dns", value });
    } else {
      throw new DomainError(
        "usage",
        `Cannot use host ${JSON.stringify(given)}: no name or address`,
        {
          hint: "Give a DNS name such as studio.lan, or an address such as 192.168.1.10",
        },
      );
    }
  }
  return [...entries.values()];
}

function canonicalIpv6(address: string): string {
  return new URL(`http://[${address.split("%")[0] ?? address}]/`).hostname.slice(1, -1);
}
