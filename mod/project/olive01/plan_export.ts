import { DomainError, frameCount, rationalFromFps, type RenderPlan } from "../../core/mod.ts";
import type { ProjectHost } from "../host.ts";
import { translateAudio } from "./audio_translation.ts";
import type { Clip, Footage, OliveProject, Sequence } from "./model.ts";
import { parseProject } from "./parse_project.ts";
import { ProblemList } from "./problems.ts";
import { listReachableSequences } from "./reachable_sequences.ts";
import { MediaTable, resolveMedia } from "./resolve_media.ts";
import { chooseSequence, exportRange } from "./sequence_choice.ts";
import { translateVideo } from "./video_translation.ts";

/** What is to be exported. */
export interface ExportRequest {
  /** Absolute path of the project file. */
  readonly path: string;
  /** Its bytes or text. */
  readonly source: Uint8Array | string;
  /** Name of the sequence; without it, the one that was open. */
  readonly sequenceName?: string;
  /** Export without what is not supported, with a warning for each. */
  readonly skipUnsupported: boolean;
  /** The machine that has the media. */
  readonly host: ProjectHost;
}

/**
 * Plans the export of a project: everything that workers need to make any part of the film.
 *
 * The film is the work area of the sequence, if that is switched on, otherwise all of it up to the
 * last out point of any clip. What is wrong is found here, before any worker is bothered, and all
 * at once.
 *
 * @throws {DomainError} `project_invalid` for a file that is no project, refers to what is not
 * there, or nests a sequence in itself; `media_missing`; `path_refused`; `project_unsupported` for
 * effects that cannot be rendered, unless `skipUnsupported`; `too_large` beyond a limit. For more
 * than one problem, all are in `details.problems`.
 */
export async function planExport(request: ExportRequest): Promise<RenderPlan> {
  const project = parseProject(request.source);
  const sequence = chooseSequence(project, request.sequenceName);
  const range = exportRange(sequence);
  const problems = new ProblemList({ skipUnsupported: request.skipUnsupported });
  const sequences = listReachableSequences(project, sequence, problems);
  // A cycle would make what follows endless.
  problems.throwIfAny();
  const wanted = listWantedFootage(project, { sequences, problems });
  const footage = await resolveMedia(wanted, {
    project,
    projectPath: request.path,
    host: request.host,
    problems,
  });
  const media = new MediaTable();
  const translation = { sequences, range, footage, media, problems };
  const video = translateVideo(translation);
  const audio = translateAudio(translation);
  problems.throwIfAny();
  return {
    planVersion: 1,
    title: sequence.name,
    width: sequence.width,
    height: sequence.height,
    fps: rationalFromFps(sequence.fps),
    lengthFrames: frameCount(range),
    video,
    audio,
    media: media.list(),
    warnings: problems.listWarnings(),
  };
}

/** Footage that enabled clips of the exported sequences use, in the order of first use. */
function listWantedFootage(
  project: OliveProject,
  use: { readonly sequences: readonly Sequence[]; readonly problems: ProblemList },
): readonly Footage[] {
  const byId = new Map(project.footage.map((footage) => [footage.id, footage]));
  const wanted = new Set<Footage>();
  for (const clip of use.sequences.flatMap((sequence) => sequence.clips)) {
    const found = findFootage(clip, { byId, problems: use.problems });
    if (found !== undefined) wanted.add(found);
  }
  return [...wanted];
}

function findFootage(
  clip: Clip,
  options: { readonly byId: ReadonlyMap<number, Footage>; readonly problems: ProblemList },
): Footage | undefined {
  if (!clip.isEnabled || clip.source.kind !== "footage") return undefined;
  const found = options.byId.get(clip.source.footageId);
  if (found !== undefined) return found;
  options.problems.add({
    code: "project_invalid",
    line: clip.line,
    subject: clip.name,
    message: `it shows footage ${clip.source.footageId}, which the project does not have`,
  });
  return undefined;
}

/** What a project file holds, without its media being looked at. */
export interface ProjectSummary {
  /** All sequences, in the order of the file. */
  readonly sequences: readonly SequenceSummary[];
  /** All footage, in the order of the file. */
  readonly footage: readonly { readonly name: string; readonly url: string }[];
}

/** A sequence of a project, for people. */
export interface SequenceSummary {
  /** Its name. */
  readonly name: string;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Frames per second as written. */
  readonly fps: number;
  /** Frames up to the last out point; 0 if it is empty. */
  readonly lengthFrames: number;
  /** Number of clips, disabled ones too. */
  readonly clipCount: number;
  /** It is the one that is exported unless another is named. */
  readonly isDefault: boolean;
}

/**
 * Looks into a project without planning anything.
 *
 * @throws {DomainError} `project_invalid` or `too_large` if it cannot be read.
 */
export function summarizeProject(source: Uint8Array | string): ProjectSummary {
  const project = parseProject(source);
  const chosen = findDefault(project);
  return {
    sequences: project.sequences.map((sequence) => ({
      name: sequence.name,
      width: sequence.width,
      height: sequence.height,
      fps: sequence.fps,
      lengthFrames: sequence.clips.reduce((end, clip) => Math.max(end, clip.outFrame), 0),
      clipCount: sequence.clips.length,
      isDefault: sequence === chosen,
    })),
    footage: project.footage.map(({ name, url }) => ({ name, url })),
  };
}

function findDefault(project: OliveProject): Sequence | undefined {
  try {
    return chooseSequence(project);
  } catch (error) {
    if (error instanceof DomainError) return undefined;
    throw error;
  }
}
