import { DomainError, type FrameRange, type Steps } from "../../core/mod.ts";

/** Most values of a plan that change over time: nine hours of one layer at 30 fps; some 60 MB of plan. */
export const PLAN_STEPS_MAX = 1_000_000;

/** What a table is made for. */
export interface BakeSpan {
  /** Frames of the sequence, at least one. */
  readonly range: FrameRange;
  /** Stretches in which the value can change; elsewhere only at their borders. */
  readonly changes: readonly FrameRange[];
}

/**
 * Tabulates values over the frames of one scene, within a limit for the whole plan: a hostile
 * project can ask for a value per frame of a year.
 */
export class Baker {
  #stepsLeft = PLAN_STEPS_MAX;

  /**
   * Tabulates a value.
   *
   * @param span Frames of the sequence.
   * @param options `shift` is subtracted from each frame of the result; `valueAt` takes a frame of
   * the sequence.
   * @throws {DomainError} `too_large` beyond {@linkcode PLAN_STEPS_MAX} steps in all.
   */
  bake<T>(
    span: BakeSpan,
    options: { readonly shift: number; readonly valueAt: (frame: number) => T },
  ): Steps<T> {
    const frames: number[] = [];
    const values: T[] = [];
    let last: string | undefined;
    for (const frame of this.#framesOf(span)) {
      const value = options.valueAt(frame);
      const text = JSON.stringify(value);
      if (text === last) continue;
      frames.push(frame - options.shift);
      values.push(value);
      last = text;
    }
    return { frames, values };
  }

  #framesOf(span: BakeSpan): readonly number[] {
    const { startFrame, endFrame } = span.range;
    const frames = [startFrame];
    let next = startFrame + 1;
    const changes = span.changes.toSorted((a, b) => a.startFrame - b.startFrame);
    for (const change of changes) {
      const start = Math.max(next, change.startFrame);
      const end = Math.min(change.endFrame + 1, endFrame);
      // Before anything is computed: what is refused must cost nothing.
      this.#stepsLeft -= Math.max(0, end - start);
      if (this.#stepsLeft < 0) {
        throw new DomainError(
          "too_large",
          `Cannot export project: more than ${PLAN_STEPS_MAX} values change over time`,
          { hint: "Export the sequence in several work areas." },
        );
      }
      for (let frame = start; frame < end; frame++) frames.push(frame);
      next = Math.max(next, end);
    }
    return frames;
  }
}
