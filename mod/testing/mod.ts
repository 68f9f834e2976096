/**
 * What tests share: a clock that they move, waits for conditions, a master that they script. No
 * program imports it.
 *
 * @module
 */
export * from "./fake_clock.ts";
export * from "./fake_master.ts";
export * from "./memory_registry.ts";
export * from "./memory_tokens.ts";
export * from "./test_farm.ts";
export * from "./until.ts";
export * from "./fake_renderer.ts";
export * from "./worker_bench.ts";
