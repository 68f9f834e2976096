const ENCODER = new TextEncoder();

/**
 * Writes a line to standard error, at once and in order, also right before the process ends.
 *
 * @param line One line with its line end.
 */
export function writeToStderr(line: string): void {
  const bytes = ENCODER.encode(line);
  try {
    let offset = 0;
    while (offset < bytes.length) offset += Deno.stderr.writeSync(bytes.subarray(offset));
  } catch {
    // Best effort: nobody reads standard error any more, and that must not stop the farm.
  }
}
