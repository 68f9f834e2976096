import type { Clock } from "../../../mod/core/mod.ts";
import { DomainError, frameCount } from "../../../mod/core/mod.ts";
import type {
  PartKind,
  PartRenderer,
  RenderedPart,
  RenderRequest,
} from "../../../mod/worker/mod.ts";
import { getPreset } from "../../../mod/render/mod.ts";
import { readyPartPath } from "./ready_parts.ts";

/** One render, from the moment it was asked for until its file was there. Milliseconds since 1970. */
export interface RenderSpan {
  readonly kind: PartKind;
  readonly frames: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** What {@linkcode TimedRenderer} needs. */
export interface TimedRendererOptions {
  /** Frames per second. */
  readonly fps: number;
  /** Folder of `makeReadyParts`. */
  readonly partsFolder: string;
  readonly clock: Clock;
}

/** Longest time between two signs of life, milliseconds. */
const SIGN_MS = 500;
const SAMPLE_BYTES = 4;

/** A renderer that takes the time of its speed and then has a part that a master accepts. */
export class TimedRenderer implements PartRenderer {
  /** Every render that was not killed, in the order of their ends. */
  readonly spans: RenderSpan[] = [];
  readonly #options: TimedRendererOptions;

  /** Has rendered nothing. */
  constructor(options: TimedRendererOptions) {
    this.#options = options;
  }

  async renderVideo(request: RenderRequest): Promise<RenderedPart> {
    return await this.#render(request, {
      kind: "video",
      write: (frames) =>
        Deno.copyFile(readyPartPath(this.#options.partsFolder, frames), request.outPath),
    });
  }

  async renderAudio(request: RenderRequest): Promise<RenderedPart> {
    const { lengthSamples } = request.plan.audio;
    return await this.#render(request, {
      kind: "audio",
      write: async () => {
        using file = await Deno.create(request.outPath);
        await file.truncate(lengthSamples * SAMPLE_BYTES);
      },
    });
  }

  /** Reads no media: none is fetched. */
  neededMedia(): readonly string[] {
    return [];
  }

  resultExtension(kind: PartKind, preset: string): string {
    return kind === "audio" ? ".pcm" : getPreset(preset).partExtension;
  }

  async #render(
    request: RenderRequest,
    part: { readonly kind: PartKind; write(frames: number): Promise<void> },
  ): Promise<RenderedPart> {
    const startMs = nowMs();
    const { clock, fps } = this.#options;
    const frames = part.kind === "video" ? frameCount(request.range) : 1;
    const startedMs = clock.monotonicMs();
    const durationMs = 1_000 * frames / fps;
    for (;;) {
      const elapsedMs = clock.monotonicMs() - startedMs;
      if (elapsedMs >= durationMs) break;
      request.onProgress(Math.floor(elapsedMs * fps / 1_000));
      await clock.sleep(Math.min(SIGN_MS, durationMs - elapsedMs), request.signal);
      if (request.signal.aborted) throw new DomainError("cancelled", "Cannot render: killed");
    }
    await part.write(frames);
    this.spans.push({ kind: part.kind, frames, startMs, endMs: nowMs() });
    return { renderer: "timed 1", logTail: "" };
  }
}

/** Finer than `Date.now`, and the same clock in all processes of the machine. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
