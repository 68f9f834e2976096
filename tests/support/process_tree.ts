/** A process as the kernel lists it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
  /** `R` running, `S` sleeping, `T` stopped, `Z` ended but not yet reaped, ... */
  readonly state: string;
  /** Program and arguments; empty for one that has ended. */
  readonly command: readonly string[];
}

/** One process, `undefined` if there is none of that id. Linux only. */
export async function findProcess(pid: number): Promise<ProcessEntry | undefined> {
  try {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    // The name in parentheses may itself hold spaces and parentheses.
    const [state = "", parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const command = (await Deno.readTextFile(`/proc/${pid}/cmdline`)).split("\0").slice(0, -1);
    return { pid, parentPid: Number(parent), state, command };
  } catch (error) {
    // ESRCH: it ended between opening and reading.
    const isGone = error instanceof Deno.errors.NotFound ||
      (error instanceof Error && error.message.includes("os error 3"));
    if (isGone) return undefined;
    throw error;
  }
}

/** Whether a process still runs; one that has ended but is not reaped does not. */
export async function isAlive(pid: number): Promise<boolean> {
  const entry = await findProcess(pid);
  return entry !== undefined && entry.state !== "Z" && entry.state !== "X";
}

/** Children, their children and so on, that still run. */
export async function listDescendants(pid: number): Promise<ProcessEntry[]> {
  const entries: ProcessEntry[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const entry = await findProcess(Number(name));
    if (entry !== undefined && entry.state !== "Z") entries.push(entry);
  }
  const family = new Set([pid]);
  const found: ProcessEntry[] = [];
  // Ids wrap around, so a child may have a smaller one than its parent: go on until none is added.
  for (let added = 1; added > 0;) {
    const children = entries.filter((entry) =>
      family.has(entry.parentPid) && !family.has(entry.pid)
    );
    for (const child of children) family.add(child.pid);
    found.push(...children);
    added = children.length;
  }
  return found;
}
