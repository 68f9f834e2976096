import { assertEquals, assertRejects } from "@std/assert";
import { DomainError } from "../core/mod.ts";
import { capabilities, checkWire } from "../wire/mod.ts";
import { assembleCapabilities } from "./mod.ts";

const MACHINE = { cores: 2, memoryBytes: 1_000, os: "linux" };

Deno.test("assembleCapabilities() sorts, leaves out repetitions and keeps the wire's limits", async () => {
  const many = Array.from({ length: 500 }, (_, index) => `e${index}`);
  const found = await assembleCapabilities({
    detect: () =>
      Promise.resolve({
        renderers: [{ id: "melt", version: "7.22.0" }],
        encoders: ["libx264", "ffv1", "libx264", ...many],
        services: ["qtblend", "affine"],
      }),
    rendererProgram: "melt",
    machine: MACHINE,
  });
  assertEquals(checkWire(capabilities, { value: found, what: "capabilities" }), found);
  assertEquals(found.encoders.length, 400);
  assertEquals([found.services, found.mediaAccess], [["affine", "qtblend"], ["https"]]);
});

Deno.test("assembleCapabilities() refuses a machine without a renderer", async () => {
  const error = await assertRejects(
    () =>
      assembleCapabilities({
        detect: () => Promise.resolve({ renderers: [], encoders: [], services: [] }),
        rendererProgram: "/opt/melt",
        machine: MACHINE,
      }),
    DomainError,
  );
  assertEquals(error.code, "program_missing");
  assertEquals(error.message, 'Cannot work: this machine has no renderer "/opt/melt"');
});
