/**
 * A stand-in for MLT's `melt` with the same command line, a start cost and a speed of its own, and
 * a real file of exactly the range as its result. Every frame carries its number (frame_stamp.ts).
 *
 * Called by the launcher that `install_fake_melt.ts` writes, with the settings file first. Imports
 * nothing that is mapped: it starts without a configuration, within 20 ms.
 *
 * @module
 */
import { drawStamp } from "./frame_stamp.ts";
import { FramePace } from "./renderer/frame_pace.ts";
import { encoderOptions, type MeltRender, readMeltCommand } from "./renderer/melt_command.ts";
import { type NumberedDocument, readNumberedDocument } from "./renderer/melt_document.ts";
import { FAKE_MELT_DEFAULTS, type FakeMeltSettings, holdsFrame } from "./renderer/settings.ts";

/** How often frames are made and progress is printed, milliseconds: about melt's own rate. */
const TICK_MS = 40;
const BYTES_AT_ONCE_MAX = 1 << 20;
/** `sysconf(_SC_CLK_TCK)` of every Linux there is. */
const TICKS_PER_SECOND = 100;

const encoder = new TextEncoder();

function say(text: string): void {
  Deno.stderr.writeSync(encoder.encode(text));
}

/** When this process was started, on the clock of `performance.now()`: its start-up counts too. */
function processStartMs(): number {
  const fields = Deno.readTextFileSync("/proc/self/stat").replace(/^.*\) /s, "").split(" ");
  const startSeconds = Number(fields[19]) / TICKS_PER_SECOND;
  const uptimeSeconds = Number(Deno.readTextFileSync("/proc/uptime").split(" ")[0]);
  return performance.now() - 1_000 * (uptimeSeconds - startSeconds);
}

/** The settings file as it is now; read again when it was replaced. */
class LiveSettings {
  readonly #path: string;
  #modifiedMs = -1;
  #settings: FakeMeltSettings = FAKE_MELT_DEFAULTS;

  constructor(path: string) {
    this.#path = path;
  }

  get(): FakeMeltSettings {
    const modifiedMs = Deno.statSync(this.#path).mtime?.getTime() ?? 0;
    if (modifiedMs === this.#modifiedMs) return this.#settings;
    this.#settings = {
      ...FAKE_MELT_DEFAULTS,
      ...JSON.parse(Deno.readTextFileSync(this.#path)) as Partial<FakeMeltSettings>,
    };
    this.#modifiedMs = modifiedMs;
    return this.#settings;
  }
}

function startEncoder(render: MeltRender, document: NumberedDocument): Deno.ChildProcess {
  const { width, height, rate } = document;
  return new Deno.Command(Deno.env.get("FAKE_MELT_FFMPEG") ?? "ffmpeg", {
    args: [
      ...["-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray"],
      ...["-s", `${width}x${height}`, "-r", rate, "-i", "pipe:0"],
      ...encoderOptions(render.properties),
      `file:${render.target}`,
    ],
    stdin: "piped",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}

/** The first frame, from `fromFrame` on, at which something other than a frame happens. */
function nextFault(
  settings: FakeMeltSettings,
  range: { readonly fromFrame: number; readonly endFrame: number },
): { frame: number; kind: "fail" | "short" | "die" | "hang" } | undefined {
  const { failure, shortAtFrame, dieAtFrame, hangAtFrame } = settings;
  if (failure === undefined && (shortAtFrame ?? dieAtFrame ?? hangAtFrame) === undefined) {
    return undefined;
  }
  for (let frame = range.fromFrame; frame < range.endFrame; frame++) {
    if (holdsFrame(failure, frame)) return { frame, kind: "fail" };
    if (frame === shortAtFrame) return { frame, kind: "short" };
    if (frame === dieAtFrame) return { frame, kind: "die" };
    if (frame === hangAtFrame) return { frame, kind: "hang" };
  }
  return undefined;
}

/** Makes the frames of one render, paced. */
class RenderRun {
  readonly #render: MeltRender;
  readonly #live: LiveSettings;
  readonly #document: NumberedDocument;
  readonly #encoder: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(render: MeltRender, given: { live: LiveSettings; document: NumberedDocument }) {
    this.#render = render;
    this.#live = given.live;
    this.#document = given.document;
    this.#encoder = startEncoder(render, given.document);
    this.#writer = this.#encoder.stdin.getWriter();
  }

  async run(): Promise<number> {
    const { firstFrame, endFrame } = this.#range();
    const startMs = processStartMs() + 1_000 * this.#live.get().startSeconds;
    const pace = new FramePace(firstFrame, startMs);
    let written = firstFrame;
    while (written < endFrame) {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      const settings = this.#live.get();
      const fault = nextFault(settings, { fromFrame: written, endFrame });
      const madeFrame = pace.advance(performance.now(), {
        settings,
        endFrame: fault?.frame ?? endFrame,
      });
      await this.#write(written, madeFrame);
      written = madeFrame;
      this.#showProgress(written);
      if (fault === undefined || written < fault.frame || fault.kind === "hang") continue;
      if (fault.kind === "short") break;
      return this.#fail(fault.kind, settings);
    }
    await this.#writer.close();
    return (await this.#encoder.status).code;
  }

  /** Frames of the film, the last one out. */
  #range(): { firstFrame: number; endFrame: number } {
    const { filmFrame, lengthFrames } = this.#document;
    const { inFrame = 0, outFrame = lengthFrames - 1 } = this.#render;
    return { firstFrame: filmFrame + inFrame, endFrame: filmFrame + outFrame + 1 };
  }

  #fail(kind: "fail" | "die", settings: FakeMeltSettings): number {
    this.#encoder.kill("SIGKILL");
    this.#writer.abort().catch(() => undefined);
    if (kind === "die") Deno.kill(Deno.pid, "SIGKILL");
    say(`${settings.failure?.message ?? ""}\n`);
    return 1;
  }

  async #write(fromFrame: number, toFrame: number): Promise<void> {
    const frameBytes = this.#document.width * this.#document.height;
    const framesAtOnce = Math.max(1, Math.floor(BYTES_AT_ONCE_MAX / frameBytes));
    for (let frame = fromFrame; frame < toFrame; frame += framesAtOnce) {
      const count = Math.min(framesAtOnce, toFrame - frame);
      const bytes = new Uint8Array(count * frameBytes);
      for (let index = 0; index < count; index++) {
        const pixels = bytes.subarray(index * frameBytes, (index + 1) * frameBytes);
        drawStamp(frame + index, { pixels, size: this.#document });
      }
      await this.#writer.write(bytes);
    }
  }

  #showProgress(nextFrame: number): void {
    const { firstFrame, endFrame } = this.#range();
    const done = nextFrame - firstFrame;
    if (!this.#render.showsProgress || done === 0) return;
    const percentage = Math.floor(100 * done / (endFrame - firstFrame));
    say(
      `Current Frame: ${String(done - 1).padStart(10)}, percentage: ${
        String(percentage).padStart(10)
      }\n`,
    );
  }
}

async function main(args: readonly string[]): Promise<number> {
  const [settingsPath = "", ...meltArgs] = args;
  const render = readMeltCommand(meltArgs);
  if (render === undefined) return await askRealMelt(meltArgs);
  const document = readNumberedDocument(await Deno.readTextFile(render.document));
  if (document === undefined) {
    say(`fake melt: failed to load ${render.document}\n`);
    return 1;
  }
  return await new RenderRun(render, { live: new LiveSettings(settingsPath), document }).run();
}

/** What a worker asks before it renders anything is answered by the renderer that it stands for. */
async function askRealMelt(args: readonly string[]): Promise<number> {
  const melt = new Deno.Command("melt", { args: [...args], stdin: "null" });
  const { code } = await melt.spawn().status;
  return code;
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
