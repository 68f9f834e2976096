import { type Clock, DomainError } from "../core/mod.ts";
import type { PartRenderer, RenderedPart, RenderRequest } from "../worker/mod.ts";

/** One render that was started. */
export interface FakeRender {
  readonly request: RenderRequest;
  /** Local paths of all media of the plan, as they were during the render. */
  readonly mediaPaths: readonly string[];
  readonly startedMs: number;
  endedMs: number | undefined;
  endedBy: "exit" | "signal" | undefined;
}

/** What a render does instead of working. */
export type FakeTrouble =
  | { readonly kind: "fail"; readonly error: Error; readonly afterFrames?: number }
  /** Stands still after some frames. */
  | { readonly kind: "hang"; readonly afterFrames: number };

/** What {@linkcode FakeRenderer} needs. */
export interface FakeRendererOptions {
  readonly clock: Clock;
  /** Time of one frame, milliseconds. Default 40. */
  readonly msPerFrame?: number;
  /** Bytes of a result. Default 1,000. */
  readonly resultBytes?: number;
}

/** A renderer that takes time by the clock and makes a file of known bytes. */
export class FakeRenderer implements PartRenderer {
  readonly #options: FakeRendererOptions;
  readonly #troubles = new Map<number, FakeTrouble>();

  /** Every render in the order of their starts. */
  readonly renders: FakeRender[] = [];

  /** Works without trouble. */
  constructor(options: FakeRendererOptions) {
    this.#options = options;
  }

  /** Renders that run this moment. */
  get runningCount(): number {
    return this.renders.filter((render) => render.endedBy === undefined).length;
  }

  /** Renders of a part, by its first frame. */
  rendersOf(startFrame: number): readonly FakeRender[] {
    return this.renders.filter((render) => render.request.range.startFrame === startFrame);
  }

  /** The part that begins at a frame gets into trouble, until told otherwise. */
  setTrouble(startFrame: number, trouble: FakeTrouble | undefined): void {
    if (trouble === undefined) this.#troubles.delete(startFrame);
    else this.#troubles.set(startFrame, trouble);
  }

  /** Bytes of the result of a part. */
  resultOf(startFrame: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#options.resultBytes ?? 1_000);
    return bytes.map((_, index) => (index * 31 + startFrame * 7) & 255);
  }

  /** See {@linkcode PartRenderer.renderVideo}. */
  renderVideo(request: RenderRequest): Promise<RenderedPart> {
    return this.#render(request);
  }

  /** See {@linkcode PartRenderer.renderAudio}. */
  renderAudio(request: RenderRequest): Promise<RenderedPart> {
    return this.#render(request);
  }

  async #render(request: RenderRequest): Promise<RenderedPart> {
    const { clock } = this.#options;
    const render: FakeRender = {
      request,
      mediaPaths: request.plan.media.flatMap((media) => request.mediaPath(media.id)),
      startedMs: clock.monotonicMs(),
      endedMs: undefined,
      endedBy: undefined,
    };
    this.renders.push(render);
    try {
      await this.#work(request);
      render.endedBy = "exit";
    } finally {
      render.endedBy ??= request.signal.aborted ? "signal" : "exit";
      render.endedMs = clock.monotonicMs();
    }
    return { renderer: "fake 1.0", logTail: "done\n" };
  }

  async #work(request: RenderRequest): Promise<void> {
    const { startFrame, endFrame } = request.range;
    const trouble = this.#troubles.get(startFrame);
    const { clock, msPerFrame = 40 } = this.#options;
    for (let frames = 0; frames < endFrame - startFrame; frames++) {
      if (trouble !== undefined && frames === (trouble.afterFrames ?? 0)) {
        if (trouble.kind === "fail") throw trouble.error;
        await clock.sleep(Infinity, request.signal);
      }
      await clock.sleep(msPerFrame, request.signal);
      if (request.signal.aborted) throw new DomainError("cancelled", "Cannot render: killed");
      request.onProgress(frames + 1);
    }
    // What a program writes is not written when it is told to: no promise is left behind.
    Deno.writeFileSync(request.outPath, this.resultOf(startFrame));
  }
}
