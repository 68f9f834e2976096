/** How the sound of the whole timeline is made. See `mod/project` (writes it) and `mod/render` (carries it out). */
export interface AudioPlan {
  /** Samples per second of the film, Hz. */
  readonly sampleRate: number;
  /** Samples per channel of the whole film: round(lengthFrames / fps * sampleRate). Always stereo. */
  readonly lengthSamples: number;
}
