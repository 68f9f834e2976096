import { assertEquals, assertThrows } from "@std/assert";
import { DomainError } from "../mod/core/mod.ts";
import { resolveStateDir } from "./state_dir.ts";

Deno.test("resolveStateDir() takes the flag, then XDG_STATE_HOME, then HOME", () => {
  const cases: [Record<string, string>, string | undefined, string][] = [
    [{ HOME: "/h", XDG_STATE_HOME: "/x" }, "given", "given"],
    [{ HOME: "/h", XDG_STATE_HOME: "/x" }, undefined, "/x/olive"],
    [{ HOME: "/h", XDG_STATE_HOME: "relative" }, undefined, "/h/.local/state/olive"],
    [{ HOME: "/h", XDG_STATE_HOME: "" }, undefined, "/h/.local/state/olive"],
    [{ HOME: "/h" }, undefined, "/h/.local/state/olive"],
  ];
  for (const [env, stateDir, expected] of cases) {
    assertEquals(resolveStateDir({ env: (name) => env[name], stateDir }), expected);
  }
});

Deno.test("resolveStateDir() says what to do without HOME", () => {
  const error = assertThrows(() => resolveStateDir({ env: () => undefined }), DomainError);
  assertEquals(error.code, "config_invalid");
  assertEquals(error.hint, "Set HOME, or give the folder: --state-dir DIR");
});
