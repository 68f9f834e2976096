/**
 * What the owner of a certificate may do. The role is in the certificate, put there by the farm's
 * authority; a request cannot claim one.
 *
 * - `master` serves the farm; - `worker` renders, and touches its own attempts only;
 * - `client` submits and looks; - `admin` may do everything a client may, and manage the farm.
 */
export const ROLES = ["master", "worker", "client", "admin"] as const;
/** One of {@linkcode ROLES}. */
export type Role = (typeof ROLES)[number];

/** Who is at the other end of a connection, as its certificate says. */
export interface Identity {
  readonly role: Role;
  /** Host or person, as the authority named it. See {@linkcode isHostName}. */
  readonly name: string;
  /** SHA-256 of the certificate, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
}

/** Whether a text is one of the roles. */
export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}
