import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { DomainError } from "../core/mod.ts";
import { hashFile } from "../media/mod.ts";
import { getPreset } from "../render/mod.ts";
import { encodePictures, processes } from "../../tests/support/encode_media.ts";
import { createJobFolders } from "./job_folders.ts";
import { createUploads } from "./uploads.ts";
import { verifyResult } from "./verify_result.ts";

Deno.test("verifyResult() takes pictures by their tables alone, without the plan and without a program", async () => {
  const root = await Deno.makeTempDir();
  try {
    const folders = createJobFolders(root);
    await folders.create("j1");
    const preset = getPreset("h264");
    const job = { width: 64, height: 36, fps: { num: 25, den: 1 }, preset: preset.name };
    const range = { startFrame: 20, endFrame: 24 };
    const made = join(root, "made.mp4");
    await encodePictures(made, { ...job, preset, range });
    const deps = {
      folders,
      uploads: createUploads(folders),
      programs: { ffmpeg: "none", ffprobe: "none", melt: "none" },
      processes,
    };
    const report = {
      ...await hashFile(made),
      outcome: "succeeded" as const,
      framesDone: 4,
      renderMs: 1,
      renderer: "",
      logTail: "",
    };
    const deliver = async (id: string, change: Partial<typeof job> = {}): Promise<string> => {
      const attempt = { id, jobId: "j1", kind: "video" as const, range };
      await Deno.copyFile(made, folders.upload("j1", id));
      return (await verifyResult({ attempt, job: { ...job, ...change } }, { report, deps })).path;
    };
    assertEquals(await deliver("a1"), folders.part("j1", "a1"));
    await assertRejects(() => deliver("a2", { width: 66 }), DomainError, "must be 66x36");
    await assertRejects(() => deliver("a3", { preset: "hevc" }), DomainError, "must be hvc1");
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
