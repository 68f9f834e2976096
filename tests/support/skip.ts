/**
 * Decides whether a test is left out, and says why where the run's report picks it up.
 *
 * @param isThere Whether what the test needs is there.
 * @param why What is missing, in a few words.
 * @returns For the test's `ignore`.
 */
export function skipUnless(isThere: boolean, why: string): boolean {
  if (!isThere) console.error(`skipped: ${why}`);
  return !isThere;
}
