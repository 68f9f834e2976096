/** Randomness as a dependency: fills the array with unpredictable bytes. */
export type RandomBytes = (length: number) => Uint8Array;

// Crockford's base 32 without i, l, o, u: safe to read aloud, to type and to put into a file name.
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** Random lower-case text of 5 bits a character. */
export function randomText(random: RandomBytes, length: number): string {
  let text = "";
  for (const byte of random(length)) text += ALPHABET[byte & 31];
  return text;
}

/** Id of a job, short enough to type: `j` and 8 characters (40 bits; the database refuses a repeated one). */
export function newJobId(random: RandomBytes): string {
  return "j" + randomText(random, 8);
}

/** Id of a part: its job's id and 8 more characters. */
export function newPartId(random: RandomBytes, jobId: string): string {
  return `${jobId}-p${randomText(random, 8)}`;
}

/**
 * Id of an attempt: unique for ever (120 random bits), because it fences every report and file of
 * the attempt, also against a database that was restored from a backup.
 */
export function newAttemptId(random: RandomBytes): string {
  return "a" + randomText(random, 24);
}

/** Id of one run of a worker process. A worker that starts again has another one. */
export function newSessionId(random: RandomBytes): string {
  return "s" + randomText(random, 16);
}

/** The process's own source of random bytes; handed down from `cmd/`. */
export function systemRandomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}
