/**
 * The farm's certificate authority: makes, lists, renews and revokes certificates, and says what one
 * means. Files and keys, but no sockets and no database: those come in through interfaces
 * (`CertificateRegistry`, `TokenStore`, `EnrolCall`).
 *
 * - Role and name are in the certificate (SAN URI `olive://farm/ROLE/NAME`), put there by the authority.
 * - A private key never leaves the machine that made it, except in a bundle that was asked for.
 * - What is not in the registry is refused, whatever its signature says.
 *
 * @module
 */
export * from "./accept_certificate.ts";
export * from "./authority.ts";
export * from "./authority_files.ts";
export * from "./bundle.ts";
export * from "./certificate_facts.ts";
export * from "./chain.ts";
export * from "./enrol.ts";
export * from "./fingerprint.ts";
export * from "./guard.ts";
export * from "./host_names.ts";
export * from "./identity_files.ts";
export * from "./init.ts";
export * from "./issue.ts";
export * from "./join.ts";
export * from "./key_pair.ts";
export * from "./registry.ts";
export * from "./renew.ts";
export * from "./revoke.ts";
export * from "./signing_request.ts";
export * from "./state_dir.ts";
export * from "./token.ts";
export * from "./token_store.ts";
export * from "./validity.ts";
