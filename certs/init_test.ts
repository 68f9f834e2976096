import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { DomainError, systemRandomBytes } from "../mod/core/mod.ts";
import { FakeClock, MemoryRegistry } from "../mod/testing/mod.ts";
import { initFarm, type InitFarmDeps, type InitFarmOptions, loadIdentityFiles } from "./mod.ts";

async function withFarm(
  use: (
    options: InitFarmOptions,
    deps: InitFarmDeps & { registry: MemoryRegistry },
  ) => Promise<void>,
): Promise<void> {
  const parent = await Deno.makeTempDir({ prefix: "olive-init-" });
  const options: InitFarmOptions = {
    stateDir: join(parent, "state", "olive"),
    hostName: "studio",
    personName: "maria",
    hosts: ["studio.lan"],
    masterUrl: "https://localhost:7420",
  };
  const registry = new MemoryRegistry();
  try {
    await use(options, { registry, clock: new FakeClock(), random: systemRandomBytes });
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

async function modeOf(path: string): Promise<string> {
  return (((await Deno.stat(path)).mode ?? 0) & 0o777).toString(8);
}

Deno.test("initFarm() makes authority, master, worker and admin, listed and readable by their owner only", async () => {
  await withFarm(async (options, deps) => {
    const { entries } = await initFarm(options, deps);
    assertEquals(entries.map(({ what, outcome }) => [what, outcome]), [
      ["authority", "created"],
      ["master", "created"],
      ["worker", "created"],
      ["admin", "created"],
    ]);
    for (const { what, dir } of entries) {
      assertEquals([await modeOf(dir), await modeOf(join(dir, "key.pem"))], ["700", "600"], what);
    }
    assertEquals(await modeOf(options.stateDir), "700");
    const worker = await loadIdentityFiles(join(options.stateDir, "worker"));
    assertEquals([worker.identity.name, worker.masterUrl], ["studio", "https://localhost:7420"]);
    const admin = await loadIdentityFiles(join(options.stateDir, "admin"));
    assertEquals([admin.identity.role, admin.identity.name], ["admin", "maria"]);
    const master = await loadIdentityFiles(join(options.stateDir, "master"));
    const listed = [...deps.registry.records.keys()].sort();
    const made = [master, worker, admin].map(({ identity }) => identity.fingerprint).sort();
    assertEquals(listed, made);
  });
});

Deno.test("initFarm() changes nothing the second time", async () => {
  await withFarm(async (options, deps) => {
    const first = await initFarm(options, deps);
    const before = await Deno.readTextFile(join(options.stateDir, "master", "cert.pem"));
    const second = await initFarm(options, deps);
    assertEquals(second.entries.map(({ outcome }) => outcome), ["kept", "kept", "kept", "kept"]);
    assertEquals(second.authority.fingerprint, first.authority.fingerprint);
    assertEquals(await Deno.readTextFile(join(options.stateDir, "master", "cert.pem")), before);
    assertEquals(deps.registry.records.size, 3);
  });
});

Deno.test("initFarm() gives the master a certificate with old and new hosts when asked for more", async () => {
  await withFarm(async (options, deps) => {
    await initFarm(options, deps);
    const before = await loadIdentityFiles(join(options.stateDir, "master"));
    const { entries } = await initFarm({ ...options, hosts: ["10.0.0.7", "fd00::1"] }, deps);
    assertEquals(entries.map(({ outcome }) => outcome), ["kept", "extended", "kept", "kept"]);
    const after = await loadIdentityFiles(join(options.stateDir, "master"));
    assertNotEquals(after.identity.fingerprint, before.identity.fingerprint);
    assertEquals(new Set(after.facts.hosts).isSupersetOf(new Set(before.facts.hosts)), true);
    const third = await initFarm({ ...options, hosts: ["10.0.0.7", "fd00::1"] }, deps);
    assertEquals(third.entries.map(({ outcome }) => outcome), ["kept", "kept", "kept", "kept"]);
  });
});

Deno.test("initFarm() lists its own certificates again when the registry was lost", async () => {
  await withFarm(async (options, deps) => {
    await initFarm(options, deps);
    const listed = [...deps.registry.records.values()];
    deps.registry.records.clear();
    await initFarm(options, deps);
    const again = [...deps.registry.records.values()];
    const facts = (records: typeof again): unknown[] =>
      records.map(({ fingerprint, serial, role }) => ({ fingerprint, serial, role }));
    assertEquals(facts(again), facts(listed));
  });
});

Deno.test("initFarm() makes what is missing beside an authority that is there", async () => {
  await withFarm(async (options, deps) => {
    await initFarm(options, deps);
    await Deno.remove(join(options.stateDir, "worker"), { recursive: true });
    const { entries } = await initFarm(options, deps);
    assertEquals(entries.map(({ outcome }) => outcome), ["kept", "kept", "created", "kept"]);
  });
});

Deno.test("initFarm() refuses a bad host before it makes anything", async () => {
  await withFarm(async (options, deps) => {
    const attempt = initFarm({ ...options, hosts: ["a b"] }, deps);
    assertEquals((await assertRejects(() => attempt, DomainError)).code, "usage");
    await assertRejects(() => Deno.stat(options.stateDir), Deno.errors.NotFound);
  });
});
