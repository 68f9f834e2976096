import type { Role } from "../mod/core/mod.ts";

/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;
/** How far a certificate starts in the past, milliseconds: clocks of a farm differ. */
export const BACKDATE_MS = 3_600_000;
/** Life of the authority, days. */
export const AUTHORITY_DAYS = 3_650;
/** Longest life of any other certificate, days. */
export const VALID_DAYS_MAX = 825;
/** Life of a certificate by role, days. Workers and clients renew by themselves; people should not have to. */
export const VALID_DAYS_DEFAULT: Readonly<Record<Role, number>> = {
  master: 730,
  admin: 365,
  worker: 90,
  client: 90,
};
