import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { DomainError, systemRandomBytes } from "../mod/core/mod.ts";
import type { ProcessSpec } from "../mod/process/mod.ts";
import { FakeClock, MemoryRegistry } from "../mod/testing/mod.ts";
import { copyBundle, createAuthority, loadIdentityFiles, makeBundle } from "./mod.ts";

Deno.test("makeBundle() makes a state folder that a worker can use as it is", async () => {
  const outDir = await Deno.makeTempDir({ prefix: "olive-bundle-" });
  const own = { clock: new FakeClock(), random: systemRandomBytes, registry: new MemoryRegistry() };
  const { authority } = await createAuthority(own);
  const options = { name: "render-1", masterUrl: "https://studio.lan:7420", outDir };
  const { dir, record } = await makeBundle(options, { ...own, authority });
  assertEquals(dir, join(outDir, "olive-render-1"));
  const loaded = await loadIdentityFiles(join(dir, "worker"));
  assertEquals([loaded.identity.role, loaded.identity.name], ["worker", "render-1"]);
  assertEquals(loaded.masterUrl, "https://studio.lan:7420");
  assertEquals([...own.registry.records.values()], [record]);
  const again = makeBundle(options, { ...own, authority });
  assertEquals((await assertRejects(() => again, DomainError)).code, "config_invalid");
  await Deno.remove(outDir, { recursive: true });
});

async function copyTo(target: string, code = 0): Promise<ProcessSpec[]> {
  const calls: ProcessSpec[] = [];
  await copyBundle({ dir: "/tmp/olive-a", target, sshAuthSock: "/run/agent" }, {
    runner: {
      run: (spec) => {
        calls.push(spec);
        const stderrTail = "warning\nssh: connect to host a port 22: Connection refused\n";
        return Promise.resolve({ code, endedBy: "exit", stdout: new Uint8Array(), stderrTail });
      },
    },
  });
  return calls;
}

Deno.test("copyBundle() runs scp with arguments of its own and the person's agent", async () => {
  const [call] = await copyTo("maria@Studio.lan");
  assertEquals(call?.program, "scp");
  assertEquals(call?.args, ["-r", "-p", "-q", "-B", "--", "/tmp/olive-a", "maria@studio.lan:"]);
  assertEquals(call?.env, { SSH_AUTH_SOCK: "/run/agent" });
  const [six] = await copyTo("[fd00::1]");
  assertEquals(six?.args.at(-1), "[fd00::1]:");
});

Deno.test("copyBundle() refuses a target that could be an option, a path or a command", async () => {
  for (
    const target of ["-oProxyCommand=x", "a b", "a:/etc", "u@-x", "$(x)", "a;b", "@a", "u@", "../x"]
  ) {
    const error = await assertRejects(() => copyTo(target), DomainError, undefined, target);
    assertEquals(error.code, "usage", target);
  }
});

Deno.test("copyBundle() passes on the last words of scp", async () => {
  const error = await assertRejects(() => copyTo("a", 1), DomainError);
  assertEquals(error.code, "io_failed");
  assertStringIncludes(error.message, "Connection refused");
});
