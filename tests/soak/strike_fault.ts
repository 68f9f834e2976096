import { basename, join } from "@std/path";
import { createSystemClock } from "../../mod/core/mod.ts";
import { until } from "../../mod/testing/mod.ts";
import { listRenders } from "../support/frozen_render.ts";
import { findProcess, isAlive, listDescendants } from "../support/process_tree.ts";
import type { FaultProxy } from "../support/proxy.ts";
import { type Fault, MASTER } from "./round_plan.ts";
import type { Member, SoakFarm } from "./soak_farm.ts";

const DELAY_MS = 150;
const CATCH_MS_MAX = 8_000;
const NOTICE_MS_MAX = 10_000;
const clock = createSystemClock();

/** How a fault went. */
export interface Struck {
  readonly fault: Fault;
  /** What shows that it happened; `undefined` if it did not, or nothing showed it. */
  readonly evidence: string | undefined;
}

/**
 * Does what a fault says, now, and repairs it after its time.
 *
 * @returns What shows that it happened.
 */
export async function strikeFault(fault: Fault, farm: SoakFarm): Promise<Struck> {
  return { fault, evidence: await strike(fault, farm) };
}

async function strike(fault: Fault, farm: SoakFarm): Promise<string | undefined> {
  const member = farm.member(fault.target);
  const lastMs = 1_000 * fault.seconds;
  switch (fault.kind) {
    case "kill":
      return await killMember(farm, { member, lastMs });
    case "stop":
      return await freeze([member.process.pid], lastMs);
    case "kill_renderer":
      return await killRenderer(member);
    case "stop_renderer": {
      const pid = await catchRender(member);
      return pid === undefined ? undefined : await freeze([pid], lastMs);
    }
    case "network":
      return await cutNetwork(member.proxy, { how: fault.how, lastMs });
    case "clock_jump":
      return await jumpClock(farm, { member, jumpSeconds: fault.jumpSeconds });
    case "full_disk":
      await member.disk?.fill();
      await clock.sleep(lastMs);
      await member.disk?.empty();
      return "the disk took not one byte more";
    case "bad_render":
      return await spoilRenders(member, fault);
  }
}

async function killMember(
  farm: SoakFarm,
  { member, lastMs }: { readonly member: Member; readonly lastMs: number },
): Promise<string> {
  const { pid } = member.process;
  const family = await listDescendants(pid);
  await farm.kill(member.name);
  await clock.sleep(lastMs);
  await farm.restart(member.name);
  const orphans = await Promise.all(family.map((child) => isAlive(child.pid)));
  if (member.name !== MASTER && orphans.includes(true)) {
    // Its next run ends what the kernel did not.
    const alive = async (): Promise<boolean[]> =>
      await Promise.all(family.map((child) => isAlive(child.pid)));
    await until(async () => !(await alive()).includes(true), {
      what: `children of the killed ${member.name} to be gone`,
      timeoutMs: NOTICE_MS_MAX,
    });
  }
  return `process ${pid} became ${member.process.pid}`;
}

/** Stops processes for a while; proves that the kernel did. */
async function freeze(pids: readonly number[], lastMs: number): Promise<string | undefined> {
  let stopped = 0;
  for (const pid of pids) if (signalQuietly(pid, "SIGSTOP")) stopped++;
  if (stopped === 0) return undefined;
  await clock.sleep(lastMs);
  const states = await Promise.all(pids.map(async (pid) => (await findProcess(pid))?.state));
  for (const pid of pids) signalQuietly(pid, "SIGCONT");
  return states.includes("T") ? `process ${pids.join(", ")} stood still` : undefined;
}

async function killRenderer(member: Member): Promise<string | undefined> {
  for (let tries = 0; tries < 20; tries++) {
    const pid = await catchRender(member);
    if (pid === undefined) return undefined;
    if (!signalQuietly(pid, "SIGKILL")) continue;
    const words = `renderer ${pid} was killed`;
    const isFailed = (): boolean => /"event":"render_ended"[^\n]*"err"/.test(member.process.output);
    // It may have been about to end by itself.
    const endsAtMs = clock.monotonicMs() + 2_000;
    while (!isFailed() && clock.monotonicMs() < endsAtMs) await clock.sleep(20);
    if (isFailed()) return words;
  }
  return undefined;
}

async function catchRender(member: Member): Promise<number | undefined> {
  const endsAtMs = clock.monotonicMs() + CATCH_MS_MAX;
  while (clock.monotonicMs() < endsAtMs) {
    const [render] = await listFakeRenders(member.process.pid);
    if (render !== undefined) return render;
    await clock.sleep(20);
  }
  return undefined;
}

/** Renderers of a worker: the fake one is run by another program, and has its own name as an argument. */
async function listFakeRenders(workerPid: number): Promise<number[]> {
  const real = await listRenders(workerPid);
  const family = await listDescendants(workerPid);
  const fake = family.filter(({ command }) =>
    command.some((arg) => basename(arg) === "fake_melt.ts") && command.includes("-consumer")
  );
  return [...real, ...fake].map(({ pid }) => pid);
}

async function cutNetwork(
  proxy: FaultProxy | undefined,
  cut: { readonly how: "blackhole" | "reset" | "delay"; readonly lastMs: number },
): Promise<string | undefined> {
  if (proxy === undefined) return undefined;
  const before = proxy.counts;
  switch (cut.how) {
    case "blackhole":
      proxy.blackhole();
      break;
    case "reset":
      proxy.refuse();
      proxy.cut();
      break;
    case "delay":
      proxy.pass({ delayMs: DELAY_MS });
      break;
  }
  await clock.sleep(cut.lastMs);
  proxy.pass();
  const after = proxy.counts;
  const swallowed = after.swallowedBytes - before.swallowedBytes;
  const ended = after.cutConnections - before.cutConnections;
  const delayed = after.delayedPieces - before.delayedPieces;
  if (swallowed + ended + delayed === 0) return undefined;
  return `${swallowed} bytes lost, ${ended} connections ended, ${delayed} pieces late`;
}

async function jumpClock(
  farm: SoakFarm,
  jump: { readonly member: Member; readonly jumpSeconds: number },
): Promise<string | undefined> {
  const { member, jumpSeconds } = jump;
  if (member.clockFile === undefined) return undefined;
  const { name, clockFile } = member;
  const beside = join(`${clockFile}.new`);
  await Deno.writeTextFile(beside, jumpSeconds < 0 ? `${jumpSeconds}` : `+${jumpSeconds}`);
  await Deno.rename(beside, clockFile);
  const seenBytes = farm.outputOf(name).length;
  return `the clock of ${name} is ${jumpSeconds} s off; log from ${seenBytes}`;
}

async function spoilRenders(
  member: Member,
  fault: Extract<Fault, { kind: "bad_render" }>,
): Promise<string> {
  const { how, frame } = fault;
  const failure = { startFrame: frame, endFrame: frame + 1, message: `fake melt: not ${frame}` };
  await member.melt?.change(
    how === "fail"
      ? { failure }
      : how === "die"
      ? { dieAtFrame: frame }
      : how === "short"
      ? { shortAtFrame: frame }
      : { hangAtFrame: frame },
  );
  return `the renderer of ${member.name} cannot do frame ${frame}`;
}

function signalQuietly(pid: number, signal: Deno.Signal): boolean {
  try {
    Deno.kill(pid, signal);
    return true;
  } catch {
    // It has ended by itself.
    return false;
  }
}
