import { assertThrows } from "@std/assert";
import { assertRuntimeChecksClients } from "./runtime_version.ts";

Deno.test("assertRuntimeChecksClients() accepts runtimes that check clients, this one among them", () => {
  assertRuntimeChecksClients();
  for (const version of ["2.8.1", "2.8.2", "2.9.0", "2.10.0", "3.0.0", "2.9.0-rc.1"]) {
    assertRuntimeChecksClients(version);
  }
});

Deno.test("assertRuntimeChecksClients() refuses older runtimes and what it cannot read", () => {
  for (const version of ["2.8.0", "2.7.14", "1.46.3", "2.8.1-rc.1", "", "canary"]) {
    assertThrows(() => assertRuntimeChecksClients(version), Error, "Cannot listen");
  }
});
