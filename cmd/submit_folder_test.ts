import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { createSystemClock, DomainError } from "../mod/core/mod.ts";
import { openDatabase } from "../mod/db/mod.ts";
import { listJobs } from "../mod/store/mod.ts";
import { type CommandFarm, runCommand, withCommandFarm } from "../tests/support/command_farm.ts";
import { makeCountingProject } from "../tests/support/make_project.ts";
import { makeTemp } from "../tests/support/temp.ts";
import { EXIT, worstExit } from "./exit_codes.ts";
import { findProjects, FOLDER_PROJECTS_MAX } from "./find_projects.ts";
import { type FolderSubmission, toRequests } from "./submit_folder.ts";

Deno.test("findProjects() finds projects at any depth, sorted, and nothing hidden", async () => {
  await using temp = await makeTemp("folder");
  const paths = ["b.ove", "a b/c.OVE", "a b/d/e.ove", ".hidden.ove", ".git/f.ove", "g.ove.bak"];
  for (const path of paths) {
    await Deno.mkdir(join(temp.path, path, ".."), { recursive: true });
    await Deno.writeTextFile(temp.at(path), "");
  }
  await Deno.symlink(temp.path, temp.at("circle"));
  await Deno.symlink(temp.at("b.ove"), temp.at("link.ove"));
  assertEquals(await findProjects(temp.path), ["a b/c.OVE", "a b/d/e.ove", "b.ove", "link.ove"]);
});

Deno.test("findProjects() refuses a folder that is not there, empty, or full beyond belief", async () => {
  await using temp = await makeTemp("folder");
  const codeOf = async (folder: string): Promise<string> =>
    (await assertRejects(() => findProjects(folder), DomainError)).code;
  assertEquals(await codeOf(temp.at("none")), "project_not_found");
  assertEquals(await codeOf(temp.path), "project_not_found");
  for (let index = 0; index <= FOLDER_PROJECTS_MAX; index++) {
    await Deno.writeTextFile(temp.at(`${index}.ove`), "");
  }
  assertEquals(await codeOf(temp.path), "too_many");
});

const SUBMISSION: FolderSubmission = {
  folder: "/srv/series",
  projects: ["1/a.ove", "2/b.ove"],
  common: { preset: "h264", outputPath: "/films", idempotencyKey: "k" },
  isDetached: false,
  isJson: false,
};

Deno.test("toRequests() makes one whole job per project, with a film and a key of its own", async () => {
  const requests = await toRequests(SUBMISSION);
  assertEquals(
    requests.map((
      { projectPath, outputPath, workflow, projectsToCome },
    ) => [projectPath, outputPath, workflow, projectsToCome]),
    [
      ["/srv/series/1/a.ove", "/films/a.mp4", "full", 1],
      ["/srv/series/2/b.ove", "/films/b.mp4", "full", 0],
    ],
  );
  assertEquals(new Set(requests.map((each) => each.idempotencyKey)).size, 2);
  assertEquals(await toRequests(SUBMISSION), requests);
});

Deno.test("toRequests() refuses two films of one name in one folder, not beside their projects", async () => {
  const projects = ["1/a.ove", "2/a.ove"];
  const error = await assertRejects(
    () => toRequests({ ...SUBMISSION, projects }),
    DomainError,
    "1/a.ove and 2/a.ove would both be a.mp4",
  );
  assertEquals(error.code, "usage");
  const requests = await toRequests({ ...SUBMISSION, projects, common: {} });
  assertEquals(requests.map((request) => request.outputPath), [undefined, undefined]);
});

/** Two projects that can be exported and one that cannot. */
async function makeSeries(farm: CommandFarm): Promise<string> {
  const folder = join(farm.root, "series");
  await Deno.mkdir(join(folder, "two"), { recursive: true });
  await makeCountingProject(folder, { name: "one", frames: 5 });
  await Deno.copyFile(join(folder, "one.ove"), join(folder, "two", "three.ove"));
  for (const media of ["pictures.mp4", "tone.wav"]) {
    await Deno.copyFile(join(folder, media), join(folder, "two", media));
  }
  await Deno.writeTextFile(join(folder, "two", "broken.ove"), "<project>");
  return folder;
}

Deno.test("olive submit --folder submits what can be exported and names what cannot", async () => {
  await withCommandFarm({}, async (farm) => {
    const folder = await makeSeries(farm);
    const submit = (): Promise<{ code: number; stdout: string; stderr: string }> =>
      farm.olive(["submit", "--folder", folder, "--detach", "--json", "--key", "k"]);
    const first = await submit();
    const events = first.stdout.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals([first.code, first.stderr], [EXIT.projectRefused, ""]);
    assertEquals(
      events.map(({ event, job, projectPath }) => [event, job?.projectPath ?? projectPath]),
      [
        ["submitted", join(folder, "one.ove")],
        ["refused", join(folder, "two", "broken.ove")],
        ["submitted", join(folder, "two", "three.ove")],
      ],
    );
    assertEquals(events[1].code, "project_invalid");
    const again = (await submit()).stdout.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(again.map(({ isNew }) => isNew), [false, undefined, false]);
    const db = await openDatabase({
      location: join(farm.stateDir, "olive.db"),
      clock: createSystemClock(),
    });
    const jobs = await db.read((tx) => listJobs(tx, 10));
    await db.close();
    assertEquals(jobs.map(({ workflow }) => workflow), ["full", "full"]);
  });
});

Deno.test("olive submit --folder follows all jobs and exits with the worst outcome", async () => {
  await withCommandFarm({}, async (farm) => {
    const folder = await makeSeries(farm);
    let cancelling: Promise<unknown> | undefined;
    const { code, stdout, stderr } = await farm.olive(["submit", "--folder", folder], {
      onListening: () => cancelling = cancelAll(farm),
    });
    await cancelling;
    assertEquals([code, stdout], [EXIT.projectRefused, ""]);
    assertEquals(stderr.match(/^olive: Job \S+ cancelled/gm)?.length, 2);
    assertStringIncludes(stderr, "1 of 3 projects could not be exported:");
    const interrupted = await farm.olive(["submit", "--folder", join(folder, "two")], {
      onListening: (interrupt) => interrupt(),
    });
    assertEquals(interrupted.code, EXIT.interrupted);
    assertStringIncludes(interrupted.stderr, "To end them: olive cancel ");
  });
});

async function cancelAll(farm: CommandFarm): Promise<void> {
  const { jobs } = JSON.parse((await farm.olive(["jobs", "--json"])).stdout) as {
    jobs: { id: string }[];
  };
  await farm.olive(["cancel", ...jobs.map(({ id }) => id)]);
}

Deno.test("worstExit() ranks outcomes by how bad they are, not by their numbers", () => {
  assertEquals(worstExit([]), EXIT.ok);
  assertEquals(worstExit([EXIT.ok, EXIT.jobCancelled, EXIT.ok]), EXIT.jobCancelled);
  assertEquals(worstExit([EXIT.jobFailed, EXIT.jobCancelled]), EXIT.jobFailed);
  assertEquals(worstExit([EXIT.projectRefused, EXIT.jobFailed]), EXIT.projectRefused);
  assertEquals(worstExit([EXIT.projectRefused, EXIT.masterUnreachable]), EXIT.masterUnreachable);
});

for (
  const [argv, message] of [
    [["submit"], "Cannot submit: no project given"],
    [["submit", "a.ove", "b.ove"], "Cannot submit: one project at a time, given 2"],
    [["submit", "--folder", "x", "a.ove"], "Cannot use a.ove with --folder"],
    [["submit", "--folder", "x", "--project", "b.ove"], "Cannot use b.ove with --folder"],
    [["submit", "--folder", "x", "--local", "--detach"], "Cannot use --detach with --local"],
  ] as const
) {
  Deno.test(`olive ${argv.join(" ")} is a usage error`, async () => {
    const { code, stderr } = await runCommand(argv);
    assertEquals(code, EXIT.usage);
    assert(stderr.startsWith(`olive: ${message}`), stderr);
  });
}
