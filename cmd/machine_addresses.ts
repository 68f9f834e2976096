import { hostname, networkInterfaces } from "node:os";

/** This machine's name as certificates can have it: lower case, 1 to 63 characters. */
export function machineName(): string {
  return toCertificateName(hostname()) || "host";
}

/** A text as certificates can have it: lower-case letters, digits, `.`, `_` and `-`; may be empty. */
export function toCertificateName(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9._-]/g, "-").slice(0, 63)
    .replace(/^[._-]+|[._-]+$/g, "");
}

/** Names and addresses under which other machines may reach this one, the likeliest first. */
export function reachableHosts(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
    .filter((one) => !one.internal && !one.address.startsWith("fe80:"))
    .toSorted((a, b) => a.family.localeCompare(b.family))
    .map((one) => one.address);
  return [...new Set([...addresses, machineName()])];
}

/** `https://HOST:PORT` under which other machines likely reach a port of this one. */
export function reachableUrl(port: number): string {
  const [host = "localhost"] = reachableHosts();
  return `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
