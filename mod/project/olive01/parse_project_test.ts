import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { DomainError } from "../../core/mod.ts";
import { parseProject } from "./parse_project.ts";

const SEQUENCE = `<sequence id="1" name="S" width="320" height="180" framerate="29.9700299700">`;

function wrap(sequences: string, media = ""): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<project><version>190219</version><url>a/b.ove</url>
<media>${media}</media>
<sequences>
${sequences}
</sequences></project>`;
}

function failure(source: string | Uint8Array): DomainError {
  return assertThrows(() => parseProject(source), DomainError);
}

Deno.test("parseProject() reads clips, transitions, effects and key frames with their lines", () => {
  const project = parseProject(wrap(
    `${SEQUENCE}
<clip id="7" in="10" out="50" clipin="3" track="-2" speed="2" reverse="1" autoscale="1" media="4" stream="1">
<opening name="/Cross Dissolve" length="12" enabled="0"/>
<effect name="Some/Thing" enabled="0"><row>
<field id="x" value="1"><key frame="9" value="2" type="2"/><key frame="4" value="1" type="1" prehx="-3" posthy="5"/></field>
</row></effect></clip>
<clip id="8" in="50" out="60" track="0" sequence="2" enabled="0"><closing shared="7"/></clip>
</sequence>`,
    `<footage id="4" name="m" url="m.mp4" speed="1.5" duration="9" proxy="1" proxypath="p.mp4"><video id="0" width="4" height="2" framerate="25.0000000000" infinite="1"/></footage>`,
  ));
  assertEquals(project.url, "a/b.ove");
  const [footage] = project.footage;
  assertEquals(
    [footage?.speed, footage?.usesProxy, footage?.videoStreams[0]?.isInfinite],
    [1.5, true, true],
  );
  const [first, second] = project.sequences[0]?.clips ?? [];
  assertEquals([first?.line, first?.track, first?.speed, first?.isReversed], [6, -2, 2, true]);
  assertEquals(first?.source, { kind: "footage", footageId: 4, streamIndex: 1 });
  assertEquals(first?.opening, {
    kind: "own",
    line: 7,
    name: "/Cross Dissolve",
    lengthFrames: 12,
    isEnabled: false,
  });
  const [effect] = first?.effects ?? [];
  assertEquals([effect?.name, effect?.isEnabled, effect?.line], ["Some/Thing", false, 8]);
  const keys = effect?.rows[0]?.fields[0]?.keys ?? [];
  assertEquals(keys.map((key) => [key.frame, key.kind]), [[4, "bezier"], [9, "hold"]]);
  assertEquals([keys[0]?.preX, keys[0]?.postX, keys[0]?.postY], [-3, 40, 5]);
  assertEquals([second?.isEnabled, second?.closing?.kind], [false, "shared"]);
  assertEquals(second?.source, { kind: "sequence", sequenceId: 2 });
});

Deno.test("parseProject() takes a byte order mark and text of any language", () => {
  const text = wrap(`<sequence id="1" name="Фильм 🎬" width="2" height="2" framerate="25"/>`);
  const bytes = new TextEncoder().encode(`\uFEFF${text}`);
  assertEquals(parseProject(bytes).sequences[0]?.name, "Фильм 🎬");
  assertEquals(parseProject(`\uFEFF${text}`).sequences[0]?.name, "Фильм 🎬");
});

Deno.test("parseProject() says line and column of malformed XML", () => {
  const error = failure("<project>\n  <version>190219</wrong></project>");
  assertEquals(error.code, "project_invalid");
  assertStringIncludes(error.message, "line 2, column ");
  assertEquals(error.details["line"], 2);
  assertEquals(failure("").code, "project_invalid");
  assertEquals(failure("no xml").code, "project_invalid");
  assertEquals(failure(new Uint8Array([0x3c, 0xff, 0xfe])).code, "project_invalid");
});

Deno.test("parseProject() refuses other versions with what to do", () => {
  const old = failure("<project>\n<version>190104</version></project>");
  assertStringIncludes(old.message, 'line 2: the format version is "190104", must be 190219');
  assert(old.hint !== undefined);
  assertStringIncludes(failure("<project/>").message, "format version");
  assertStringIncludes(failure(`<olive version="230220"/>`).message, "Olive 0.2");
  assertStringIncludes(failure(new TextEncoder().encode("OVEC0000")).message, "Olive 0.2");
  assertStringIncludes(failure("<mlt/>").message, "must be <project>");
});

Deno.test("parseProject() refuses document types and entities", () => {
  const bomb = `<!DOCTYPE p [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>` +
    `<project><version>&b;</version></project>`;
  assertStringIncludes(failure(bomb).message, "document type");
  const external = `<!DOCTYPE p SYSTEM "file:///etc/passwd"><project/>`;
  assertStringIncludes(failure(external).message, "document type");
  assertEquals(failure("<project><version>&b;</version></project>").code, "project_invalid");
});

Deno.test("parseProject() refuses nesting beyond measure", () => {
  assertEquals(failure("<a>".repeat(100_000)).code, "too_large");
});

Deno.test("parseProject() refuses numbers that are none or out of range, with their line", () => {
  const bad = [
    `width="320" height="180" framerate="1e308"`,
    `width="320" height="180" framerate="nan"`,
    `width="320" height="180" framerate="Infinity"`,
    `width="320" height="180" framerate="0"`,
    `width="99999999999999999999" height="180" framerate="25"`,
    `width="320.5" height="180" framerate="25"`,
    `width="-2" height="180" framerate="25"`,
    `height="180" framerate="25"`,
  ];
  for (const attributes of bad) {
    const error = failure(wrap(`<sequence id="1" ${attributes}/>`));
    assertEquals([error.code, error.details["line"]], ["project_invalid", 5]);
  }
  const clips = [
    `in="0" out="1e9" track="-1"`,
    `in="0" out="99999999999" track="-1"`,
    `in="0" out="5" track="-1" speed="0"`,
    `in="0" out="5" track="-1" speed="1e999"`,
    `in="0" out="5"`,
  ];
  for (const attributes of clips) {
    const error = failure(wrap(`${SEQUENCE}\n<clip id="1" ${attributes}/></sequence>`));
    assertEquals([error.code, error.details["line"]], ["project_invalid", 6]);
  }
});

Deno.test("parseProject() refuses ids that occur twice", () => {
  const twice = `${SEQUENCE}</sequence>\n${SEQUENCE}</sequence>`;
  assertStringIncludes(failure(wrap(twice)).message, "line 6: a second sequence has the id 1");
});
