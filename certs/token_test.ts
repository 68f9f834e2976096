import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { DomainError, ROLES, systemRandomBytes } from "../mod/core/mod.ts";
import { type EnrolToken, formatToken, newTokenSecret, parseToken } from "./token.ts";

function makeToken(given: Partial<EnrolToken> = {}): EnrolToken {
  return {
    ...newTokenSecret(systemRandomBytes),
    authorityFingerprint: "ab".repeat(32),
    role: "worker",
    address: "studio.lan:7421",
    ...given,
  };
}

Deno.test("parseToken() reads back what formatToken() wrote, for every role and kind of address", () => {
  for (const role of ROLES) {
    for (const address of ["studio.lan:7421", "10.0.0.1:1", "[fd00::1]:65535"]) {
      const token = makeToken({ role, address });
      const text = formatToken(token);
      assertMatch(text, /^olive1\.[A-Za-z0-9_-]{80,140}$/);
      assertEquals(parseToken(text), token);
    }
  }
});

Deno.test("parseToken() takes a token that a terminal has wrapped", () => {
  const token = makeToken();
  const text = formatToken(token);
  assertEquals(parseToken(`  ${text.slice(0, 30)}\n  ${text.slice(30)}\r\n`), token);
});

Deno.test("parseToken() refuses a token with any one character changed, and never repeats it", () => {
  const text = formatToken(makeToken());
  for (let index = 7; index < text.length; index++) {
    const other = text[index] === "A" ? "B" : "A";
    const bad = text.slice(0, index) + other + text.slice(index + 1);
    if (sameBytes(bad, text)) continue;
    const error = assertThrows(() => parseToken(bad), DomainError);
    assertEquals(error.code, "token_refused");
    assert(!error.message.includes(bad.slice(7, 30)));
  }
});

/** The last character of base64 may carry bits that mean nothing. */
function sameBytes(a: string, b: string): boolean {
  const bytes = (text: string): string =>
    atob(text.slice(7).replaceAll("-", "+").replaceAll("_", "/"));
  return bytes(a) === bytes(b);
}

Deno.test("parseToken() says what is wrong with it", () => {
  const text = formatToken(makeToken());
  const cases = [
    ["", "it does not begin with olive1."],
    ["hello", "it does not begin with olive1."],
    ["olive2.abc", "it is of another version of olive"],
    ["olive1.", "a part of it is missing"],
    ["olive1.!!!", "a part of it is missing"],
    [text.slice(0, 60), "a part of it is missing"],
    [text.slice(0, -4), "it was damaged on the way"],
    [text + "A".repeat(500), "it is too long"],
  ] as const;
  for (const [bad, why] of cases) {
    const error = assertThrows(() => parseToken(bad), DomainError);
    assertEquals(error.message, `Cannot read enrolment token: ${why}`);
  }
});

Deno.test("formatToken() refuses an address that is no host and port", () => {
  for (
    const address of ["", "host", "host:0", "host:65536", "a b:1", "[x]:1", "user@host:1", "::1:1"]
  ) {
    assertThrows(() => formatToken(makeToken({ address })), DomainError);
  }
});

Deno.test("newTokenSecret() never repeats", () => {
  const seen = new Set<string>();
  for (let count = 0; count < 1_000; count++) {
    const { tokenId, secret } = newTokenSecret(systemRandomBytes);
    assertMatch(secret, /^[0-9a-f]{40}$/);
    seen.add(tokenId).add(secret);
  }
  assertEquals(seen.size, 2_000);
});
