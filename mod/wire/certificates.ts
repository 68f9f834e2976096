import { z } from "zod";
import { hostName, role, sha256Hex, timestampMs } from "./scalars.ts";

/** `POST /v1/certificates/renew`: the holder of a valid certificate asks for its successor. */
export const renewRequest = z.object({ csrPem: z.string().max(16_384) });
/** See {@linkcode renewRequest}. */
export type RenewRequest = z.infer<typeof renewRequest>;

/** Paths of the enrolment port. */
export const ENROL_PATHS = {
  /** `GET`: the authority's certificate as PEM text. Public; the caller compares it with its token. */
  authority: "/v1/enrol/authority",
  /** `POST`: {@linkcode enrolRequest}, answered with {@linkcode certificateReply}. */
  enrol: "/v1/enrol",
} as const;

/** `POST /v1/enrol` on the enrolment port: a new machine asks for its first certificate. */
export const enrolRequest = z.object({
  tokenId: z.string().max(64),
  secret: z.string().max(200),
  csrPem: z.string().max(16_384),
  /** What the machine would like to be called; the token's own name wins. */
  name: hostName.optional(),
});
/** See {@linkcode enrolRequest}. */
export type EnrolRequest = z.infer<typeof enrolRequest>;

/** Answer to both: the new certificate and the authority it hangs on. */
export const certificateReply = z.object({
  certificatePem: z.string(),
  authorityPem: z.string(),
  role,
  name: hostName,
  fingerprint: sha256Hex,
  notAfterMs: timestampMs,
  /** Where the master listens. */
  masterUrl: z.string(),
});
/** See {@linkcode certificateReply}. */
export type CertificateReply = z.infer<typeof certificateReply>;
