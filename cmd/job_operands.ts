import { DomainError } from "../mod/core/mod.ts";
import type { Flags } from "./flags.ts";

/**
 * The jobs that a command names.
 *
 * @param verb What the command does to them, for the message.
 * @returns One id or more.
 * @throws {DomainError} `usage` if none is named.
 */
export function jobOperands(flags: Flags, verb: string): readonly string[] {
  if (flags.operands.length > 0) return flags.operands;
  throw new DomainError("usage", `Cannot ${verb}: no job given`, { hint: "olive jobs lists them" });
}

/**
 * The one job that a command names.
 *
 * @throws {DomainError} `usage` if there is none or more than one.
 */
export function oneJobOperand(flags: Flags, verb: string): string {
  const [jobId = "", ...rest] = jobOperands(flags, verb);
  if (rest.length === 0) return jobId;
  throw new DomainError("usage", `Cannot ${verb}: one job at a time, given ${rest.length + 1}`);
}
