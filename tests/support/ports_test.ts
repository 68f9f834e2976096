import { assert, assertEquals } from "@std/assert";
import { findFreePort, isListening } from "./ports.ts";

Deno.test("findFreePort() returns a port that can be listened on", async () => {
  const port = findFreePort();
  assertEquals(await isListening(port), false);
  using _listener = Deno.listen({ hostname: "127.0.0.1", port });
  assert(await isListening(port));
});
