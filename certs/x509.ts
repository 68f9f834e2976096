/**
 * The one place that loads the certificate library. It needs the metadata polyfill loaded before
 * it, so nobody imports it directly.
 *
 * @module
 */
import "reflect-metadata";

export * as x509 from "@peculiar/x509";
