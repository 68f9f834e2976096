import { DomainError, type FrameRange } from "../../core/mod.ts";
import { invalidAt } from "./attributes.ts";
import type { OliveProject, Sequence } from "./model.ts";

/**
 * The sequence to export: the one of the given name, otherwise the one that was on screen when the
 * project was saved (the last, if several were), otherwise the only one.
 *
 * @param project The project.
 * @param name Exact name of a sequence, or `undefined`.
 * @throws {DomainError} `project_invalid` if there is none, or several of that name, or none is open.
 */
export function chooseSequence(project: OliveProject, name?: string): Sequence {
  const names = project.sequences.map((sequence) => sequence.name);
  if (name !== undefined) {
    const found = project.sequences.filter((sequence) => sequence.name === name);
    if (found.length === 1 && found[0] !== undefined) return found[0];
    throw new DomainError(
      "project_invalid",
      `Cannot choose a sequence: ${found.length} are named ${JSON.stringify(name)}, must be one`,
      { hint: `Give one of: ${names.map((text) => JSON.stringify(text)).join(", ")}.` },
    );
  }
  const open = project.sequences.filter((sequence) => sequence.isOpen).at(-1);
  if (open !== undefined) return open;
  const only = project.sequences[0];
  if (project.sequences.length === 1 && only !== undefined) return only;
  throw new DomainError(
    "project_invalid",
    `Cannot choose a sequence: none of ${project.sequences.length} was open when it was saved`,
    {
      hint: project.sequences.length === 0
        ? "Add a sequence to the project."
        : `Name one with --sequence: ${names.map((text) => JSON.stringify(text)).join(", ")}.`,
    },
  );
}

/**
 * Length of a sequence: the greatest out point of all its clips, sound and disabled ones included.
 *
 * @returns Frames; 0 for an empty sequence.
 */
export function sequenceLengthFrames(sequence: Sequence): number {
  return sequence.clips.reduce((length, clip) => Math.max(length, clip.outFrame), 0);
}

/**
 * What is exported of a sequence: its work area, if that is switched on, otherwise all of it.
 *
 * Both ends of a work area are in it; it is cut to the sequence. The editor itself adds one empty
 * frame behind the last one of a full export; this does not.
 *
 * @returns Frames of the sequence, at least one.
 * @throws {DomainError} `project_invalid` with a line if nothing is left.
 */
export function exportRange(sequence: Sequence): FrameRange {
  const length = sequenceLengthFrames(sequence);
  const { workArea } = sequence;
  const startFrame = workArea === undefined ? 0 : Math.max(0, workArea.inFrame);
  const endFrame = workArea === undefined ? length : Math.min(length, workArea.outFrame + 1);
  if (endFrame > startFrame) return { startFrame, endFrame };
  const quoted = JSON.stringify(sequence.name);
  throw invalidAt(
    sequence.line,
    workArea === undefined
      ? `the sequence ${quoted} has no clips, must have at least one`
      : `the work area of ${quoted} is [${workArea.inFrame}, ${workArea.outFrame}], ` +
        `must hold a frame of [0, ${length})`,
  );
}
