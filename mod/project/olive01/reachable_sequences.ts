import type { OliveProject, Sequence } from "./model.ts";
import type { ProblemList } from "./problems.ts";

/** Deepest nesting of sequences. */
export const NESTING_DEPTH_MAX = 64;

/**
 * The sequences that an export shows or plays: the chosen one and all that are nested in it by
 * enabled clips. Takes note of references to no sequence and of cycles.
 *
 * @returns The chosen one first; each once; none refers back to itself unless a problem was noted.
 */
export function listReachableSequences(
  project: OliveProject,
  chosen: Sequence,
  problems: ProblemList,
): readonly Sequence[] {
  const byId = new Map(project.sequences.map((sequence) => [sequence.id, sequence]));
  const found: Sequence[] = [];
  const finished = new Set<Sequence>();
  const path: Sequence[] = [];

  function visit(sequence: Sequence): void {
    if (finished.has(sequence)) return;
    if (found.includes(sequence) === false) found.push(sequence);
    path.push(sequence);
    for (const clip of sequence.clips) {
      if (!clip.isEnabled || clip.source.kind !== "sequence") continue;
      const { sequenceId } = clip.source;
      const inner = byId.get(sequenceId);
      const at = { line: clip.line, subject: clip.name };
      if (inner === undefined) {
        const message = `it shows sequence ${sequenceId}, which the project does not have`;
        problems.add({ ...at, code: "project_invalid", message });
      } else if (path.includes(inner)) {
        const names = [...path.slice(path.indexOf(inner)), inner].map((each) => each.name);
        const message = `sequences are nested in themselves: ${names.join(" > ")}`;
        problems.add({ ...at, code: "project_invalid", message });
      } else if (path.length >= NESTING_DEPTH_MAX) {
        const message = `sequences are nested deeper than ${NESTING_DEPTH_MAX}`;
        problems.add({ ...at, code: "project_invalid", message });
      } else {
        visit(inner);
      }
    }
    path.pop();
    finished.add(sequence);
  }

  visit(chosen);
  return found;
}
