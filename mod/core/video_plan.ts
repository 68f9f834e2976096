/** How the pictures are made. See `mod/project` (writes it) and `mod/render` (carries it out). */
export interface VideoPlan {
  /** Program that renders ranges of the document. */
  readonly renderer: "melt";
  /**
   * MLT XML. `{{m1}}` stands for the local path of media `m1`, to be put in with XML escaping.
   */
  readonly document: string;
}
