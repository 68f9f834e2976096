import type { Clock } from "../mod/core/mod.ts";
import type { ProcessRunner, Programs } from "../mod/process/mod.ts";
import {
  detectEncoders,
  detectMelt,
  getPreset,
  renderAudioPart,
  renderVideoPart,
  verifyAudioPart,
  verifyVideoPart,
} from "../mod/render/mod.ts";
import type { DetectedPrograms, PartRenderer, RenderedPart } from "../mod/worker/mod.ts";

/** What renders and looks at programs. */
export interface RendererDeps {
  readonly programs: Programs;
  readonly processes: ProcessRunner;
}

/** A render that still makes progress after this time is given up, milliseconds; a hang is seen long before. */
const RENDER_MS_MAX = 24 * 3_600_000;

/**
 * Joins the worker to the renderers: neither knows of the other.
 *
 * @param deps Programs, clock, and what the renderer calls itself: `melt 7.12.0`.
 */
export function createPartRenderer(
  deps: RendererDeps & { readonly clock: Clock; readonly rendererName: string },
): PartRenderer {
  return {
    async renderVideo(request): Promise<RenderedPart> {
      await renderVideoPart({
        ...deps,
        ...request,
        preset: getPreset(request.preset),
        deadlineMs: RENDER_MS_MAX,
      });
      return { renderer: deps.rendererName, logTail: "" };
    },
    async renderAudio(request): Promise<RenderedPart> {
      const { audio, lengthFrames } = request.plan;
      await renderAudioPart({
        ...deps,
        ...request,
        plan: audio,
        mediaPath: (mediaId) => request.mediaPath(mediaId)[0] ?? "",
        onProgress: (samplesDone) => {
          const share = audio.lengthSamples === 0 ? 1 : samplesDone / audio.lengthSamples;
          request.onProgress(Math.floor(share * lengthFrames));
        },
      });
      return { renderer: "ffmpeg", logTail: "" };
    },
    // Decoded here, where it was made: one master could not decode what many workers render.
    async checkResult(kind, request): Promise<void> {
      const { plan, range, outPath: path, signal } = request;
      if (kind === "audio") return void await verifyAudioPart({ path, plan: plan.audio });
      const preset = getPreset(request.preset);
      await verifyVideoPart({ ...plan, ...deps, path, range, preset, decodes: true, signal });
    },
    resultExtension: (kind, preset) => kind === "audio" ? ".pcm" : getPreset(preset).partExtension,
  };
}

/** What this machine can render with. */
export async function detectPrograms(deps: RendererDeps): Promise<DetectedPrograms> {
  const melt = await detectMelt(deps);
  if (melt === undefined) return { renderers: [], encoders: [], services: [] };
  return {
    renderers: [{ id: "melt", version: melt.version }],
    encoders: [...await detectEncoders(deps)],
    services: [...melt.services],
  };
}
