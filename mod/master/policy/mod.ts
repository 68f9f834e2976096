/**
 * The scheduling policy: numbers in, decisions out. No database, no clock, no input or output, so
 * that the master and a simulation drive the same code.
 *
 * The master gathers a snapshot, asks, carries the decision out in one transaction, and asks again.
 *
 * @module
 */
export * from "./ability.ts";
export * from "./choose_project.ts";
export * from "./choose_work.ts";
export * from "./common_finish.ts";
export * from "./estimate_end.ts";
export * from "./judge_failure.ts";
export * from "./part_size.ts";
export * from "./progress.ts";
export * from "./snapshot.ts";
export * from "./speed.ts";
