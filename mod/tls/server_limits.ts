/** Longest time for a TLS handshake, milliseconds. */
export const HANDSHAKE_MS_MAX = 10_000;
/** Longest time for the head of a request to arrive, milliseconds: nobody holds a connection by trickling. */
export const HEAD_MS_MAX = 10_000;
/** Longest time for a whole request to arrive, milliseconds: one upload piece on a slow line. */
export const REQUEST_MS_MAX = 300_000;
/** How long an idle connection is kept, milliseconds: longer than a long poll and a pause between two. */
export const KEEP_ALIVE_MS = 90_000;
/** Largest head of a request, bytes. */
export const HEAD_BYTES_MAX = 16 * 1024;
/** Most header fields of a request. */
export const HEADER_FIELDS_MAX = 64;
/** Open connections of one listener: 1,000 workers with three each, and people. */
export const CONNECTIONS_MAX = 4_096;
/** How long a refused sender may still read its answer before its connection is destroyed, milliseconds. */
export const REFUSED_LINGER_MS = 1_000;
