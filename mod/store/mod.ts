/**
 * What the database means: one function per operation. SQL is written here and in `mod/db` only.
 *
 * @module
 */
export * from "./certificates.ts";
export * from "./enrol_tokens.ts";
