import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { killLeftovers, noteAlive, recordGroup } from "./leftovers.ts";
import type { ProcessFacts, ProcessTable } from "./process_table.ts";

/** A machine with the processes of a test. */
function machine(
  processes: readonly ProcessFacts[],
  boot: { readonly id?: string; readonly uptimeTicks?: number } = {},
): ProcessTable {
  return {
    bootId: () => boot.id ?? "boot-1",
    uptimeTicks: () => boot.uptimeTicks ?? 10_000,
    find: (pid) => processes.find((one) => one.pid === pid),
    listGroup: (groupId) => processes.filter((one) => one.groupId === groupId),
  };
}

const LEADER: ProcessFacts = { pid: 70, startTicks: 9_000, groupId: 70, sessionId: 70 };
const CHILD: ProcessFacts = { pid: 71, startTicks: 9_100, groupId: 70, sessionId: 70 };

/** Puts a group on record, then starts again on a machine with other processes. */
async function killedAfter(later: ProcessTable): Promise<readonly number[]> {
  const folder = await Deno.makeTempDir();
  try {
    const before = { folder, processes: machine([LEADER, CHILD]) };
    recordGroup(before, { groupId: 70, isAlive: true });
    await noteAlive(before);
    const killed: number[] = [];
    await killLeftovers({ folder, processes: later }, (groupId) => killed.push(groupId));
    assertEquals((await Array.fromAsync(Deno.readDir(folder))).map((one) => one.name), ["alive"]);
    return killed;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("killLeftovers() ends a group by its leader, or by its children alone", async () => {
  assertEquals(await killedAfter(machine([LEADER, CHILD])), [70]);
  assertEquals(await killedAfter(machine([CHILD])), [70]);
});

Deno.test("killLeftovers() ends nothing whose identity is not proven", async () => {
  const strangers: Array<[string, ProcessTable]> = [
    ["nothing is left", machine([])],
    ["another process has the leader's number", machine([{ ...LEADER, startTicks: 9_001 }, CHILD])],
    ["the group is of another session", machine([{ ...CHILD, sessionId: 5 }])],
    ["it began before the leader", machine([{ ...CHILD, startTicks: 8_999 }])],
    ["it began after the worker's death", machine([{ ...CHILD, startTicks: 20_000 }])],
    ["the machine was started again", machine([LEADER, CHILD], { id: "boot-2" })],
  ];
  for (const [what, later] of strangers) assertEquals([what, await killedAfter(later)], [what, []]);
});

Deno.test("killLeftovers() knows nothing of a group that ended in order, or of a torn record", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const records = { folder, processes: machine([LEADER]) };
    recordGroup(records, { groupId: 70, isAlive: true });
    recordGroup(records, { groupId: 70, isAlive: false });
    await Deno.writeTextFile(join(folder, "71"), '{"groupId":71,"sta');
    await Deno.writeTextFile(join(folder, "1"), '{"groupId":1,"startTicks":1,"bootId":"boot-1"}');
    const killed: number[] = [];
    await killLeftovers(records, (groupId) => killed.push(groupId));
    assertEquals(killed, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
