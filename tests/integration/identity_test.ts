/**
 * Who may do what on a running farm: the role and the name are in the certificate, and both are looked
 * at on every request.
 */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { connectAs, findIdentity } from "../../cmd/farm_connection.ts";
import type { MasterClient } from "../../mod/client/mod.ts";
import { DomainError, type ErrorCode } from "../../mod/core/mod.ts";
import { until } from "../../mod/testing/mod.ts";
import { type Farm, withFarm } from "../support/farm.ts";
import { readFilmFacts } from "../support/film_facts.ts";
import { makeCountingProject } from "../support/make_project.ts";

/** Talks to the master with a worker's certificate. */
async function withWorker(
  farm: Farm,
  name: string,
  body: (client: MasterClient) => Promise<void>,
): Promise<void> {
  const identity = await findIdentity(farm.worker(name).stateDir, ["worker"]);
  const connection = connectAs(identity, farm.url);
  try {
    await body(connection.client);
  } finally {
    await connection.close();
  }
}

async function assertRefused(call: () => Promise<unknown>, code: ErrorCode): Promise<void> {
  const error = await assertRejects(call, DomainError);
  assertEquals(error.code, code, error.message);
}

Deno.test("a worker's certificate opens no route of a person's", async () => {
  await withFarm({ workers: ["one"] }, async (farm) => {
    const { path } = await makeCountingProject(farm.root);
    await withWorker(farm, "one", async (client) => {
      await assertRefused(() => client.submit({ projectPath: path }), "role_refused");
      await assertRefused(() => client.status(), "role_refused");
      await assertRefused(() => client.listJobs(), "role_refused");
      await assertRefused(() => client.listWorkers(), "role_refused");
      await assertRefused(() => client.cancelJob("j00000000"), "role_refused");
      await assertRefused(() => client.patchJob("j00000000", { priority: 1 }), "role_refused");
      assertEquals(typeof (await client.info()).masterVersion, "string", "it is let in otherwise");
    });
    const admin = await farm.client();
    assertEquals((await admin.listJobs()).jobs, []);
    const sync = { attempts: [], wanted: 1, idleSlots: 1, isDraining: false, waitMs: 0 };
    await assertRefused(
      () => admin.syncWorker("one", { ...sync, sessionId: "s0000000000000000" }),
      "role_refused",
    );
  });
});

Deno.test("a worker touches no attempt, no name and no media of another's", async () => {
  await withFarm({ workers: ["one", "idle"] }, async (farm) => {
    await farm.worker("idle").process.stop();
    const { path, frames } = await makeCountingProject(farm.root, { frames: 60 });
    const jobId = await farm.submit([path]);
    await farm.freezeRender("one");
    const { parts } = await (await farm.client()).getJob(jobId);
    const attempt = parts.flatMap(({ attempts }) => attempts).find((each) =>
      each.worker === "one" && each.state === "running"
    );
    const id = attempt?.id ?? "";
    assert(id !== "", "one has a running attempt");
    await withWorker(farm, "idle", async (client) => {
      const report = {
        outcome: "failed",
        code: "render_failed",
        message: "no",
        logTail: "",
      } as const;
      await assertRefused(
        () => client.reportAttempt(id, { ...report, framesDone: 0 }),
        "role_refused",
      );
      await assertRefused(
        () => client.reportAttempt(id, { outcome: "returned", message: "" }),
        "role_refused",
      );
      const piece = { offset: 0, bytes: new Uint8Array(16) };
      await assertRefused(() => client.uploadPiece(id, piece), "role_refused");
      await assertRefused(() => client.uploadStatus(id), "role_refused");
      await assertRefused(() => client.getPlan(jobId), "role_refused");
      await assertRefused(
        () => client.openFileRange({ jobId, fileId: "m1-0", start: 0, end: 16 }),
        "role_refused",
      );
      const capabilities = await capabilitiesOf(farm);
      const session = { sessionId: "s0000000000000000", programVersion: "0.1.0", slots: 1 };
      await assertRefused(
        () => client.registerWorker("one", { ...session, capabilities }),
        "role_refused",
      );
      await assertRefused(
        () => client.registerWorker("one:second", { ...session, capabilities }),
        "role_refused",
      );
    });
    farm.thaw();
    const ended = await farm.untilState(jobId, "completed");
    const winner = ended.parts.flatMap(({ attempts }) => attempts).find((each) => each.id === id);
    assertEquals(winner?.state, "succeeded", "what was tried changed nothing");
    assertEquals((await readFilmFacts(farm.at("film.mp4"))).frames, frames);
  });
});

Deno.test("a worker that is revoked in mid-render is refused and ends; its part goes to another", async () => {
  await withFarm({ workers: ["bad", "good"], leaseSeconds: 3 }, async (farm) => {
    const { path, frames } = await makeCountingProject(farm.root, { frames: 100 });
    const jobId = await farm.submit([path]);
    const frozen = await farm.freezeRender("bad");
    const before = await (await farm.client()).getJob(jobId);
    const attempt = before.parts.flatMap(({ attempts }) => attempts).find((each) =>
      each.worker === "bad" && each.state === "running"
    );
    await farm.olive(["certs", "revoke", "bad", "--reason", "stolen"]);
    const ended = await farm.worker("bad").process.waitForEnd({ timeoutMs: 30_000 });
    assertEquals(ended.code, 8, ended.stderr);
    const lastWords = ended.stderr.split("\n").filter((line) => !line.startsWith("{")).join("\n");
    assertMatch(lastWords, /^olive: Cannot .*(revoked|refused)/);
    assertEquals(await isGone(frozen.pid), true, "its render ended with it");
    const { parts } = await farm.untilState(jobId, "completed");
    const part = parts.find(({ attempts }) => attempts.some(({ id }) => id === attempt?.id));
    assertEquals(part?.attempts.at(-1)?.worker, "good");
    assertEquals(part?.attempts.find(({ id }) => id === attempt?.id)?.state !== "succeeded", true);
    assertEquals((await readFilmFacts(farm.at("film.mp4"))).frames, frames);
    const again = await farm.startWorker("bad");
    const refused = await again.process.waitForEnd({ timeoutMs: 30_000 });
    assertEquals(refused.code, 8, refused.stderr);
  });
});

async function isGone(pid: number): Promise<boolean> {
  await until(async () => !await Deno.stat(`/proc/${pid}`).then(() => true, () => false), {
    what: `process ${pid} to be gone`,
  });
  return true;
}

async function capabilitiesOf(
  farm: Farm,
): Promise<Parameters<MasterClient["registerWorker"]>[1]["capabilities"]> {
  const { workers } = await (await farm.client()).listWorkers();
  const { renderers = [], cores = 1 } = workers[0] ?? {};
  return {
    ...{ renderers, cores, encoders: [], services: [], memoryBytes: 0, os: "linux" },
    ...{ benchmarkFps: 0, mediaAccess: ["https"] },
  };
}
