const PRIVATE_KEY_BLOCK =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const ENROLMENT_TOKEN = /\bolive1\.[A-Za-z0-9_-]+/g;
const URL_PASSWORD = /(\/\/[^\s/:@]*):[^\s/@]+@/g;
const AUTH_TOKEN =
  /\b(authToken|auth_token|bearer)(["']?\s*[=:]?\s*["']?)[A-Za-z0-9._~+/-]{8,}=*/gi;

/**
 * Takes secrets out of a text: private keys, enrolment tokens, database tokens, passwords in URLs.
 *
 * The last line of defence, for texts that come from other programs; own code passes no secret to
 * the log in the first place.
 *
 * @param text Any text.
 * @returns The text with `[secret]` in place of each.
 */
export function redactSecrets(text: string): string {
  return text
    .replace(PRIVATE_KEY_BLOCK, "[secret]")
    .replace(ENROLMENT_TOKEN, "olive1.[secret]")
    .replace(URL_PASSWORD, "$1:[secret]@")
    .replace(AUTH_TOKEN, "$1$2[secret]");
}
