import { assertEquals, assertThrows } from "@std/assert";
import { DomainError } from "../core/mod.ts";
import { assertPresetFits, filmClock, filmContainer, getPreset, listPresets } from "./presets.ts";

Deno.test("getPreset() names the presets there are when asked for another", () => {
  const error = assertThrows(() => getPreset("h265"), DomainError, 'Cannot use preset "h265"');
  assertEquals(error.hint, "Use one of: h264, hevc, prores, lossless");
  assertThrows(() => getPreset("toString"), DomainError);
});

Deno.test("filmContainer() goes by the extension, within what the preset can be written in", () => {
  assertEquals(filmContainer(getPreset("h264"), "/a.b/Film; %d.MOV"), "mov");
  assertEquals(filmContainer(getPreset("h264"), "-x.mp4"), "mp4");
  assertEquals(filmContainer(getPreset("lossless"), "a.mkv"), "matroska");
  for (const name of ["a.avi", "film", "/dir.mp4/film", "a.mp4 ", ""]) {
    const error = assertThrows(() => filmContainer(getPreset("h264"), name), DomainError);
    assertEquals(error.code, "output_refused");
  }
  assertThrows(() => filmContainer(getPreset("prores"), "a.mp4"), DomainError, "is .mp4");
});

Deno.test("listPresets() has a default extension that each preset can be written in", () => {
  for (const preset of listPresets()) filmContainer(preset, `x${preset.filmExtension}`);
});

Deno.test("assertPresetFits() refuses odd sizes where the codec halves the colours", () => {
  assertPresetFits(getPreset("lossless"), { width: 101, height: 55 });
  assertPresetFits(getPreset("prores"), { width: 100, height: 55 });
  assertThrows(() => assertPresetFits(getPreset("h264"), { width: 100, height: 55 }), DomainError);
  assertThrows(() => assertPresetFits(getPreset("prores"), { width: 99, height: 4 }), DomainError);
});

Deno.test("filmClock() gives every frame a whole number of ticks", () => {
  const clocks = [[24000, 1001], [25, 1], [30000, 1001], [60, 1], [1199, 50]].map(([num, den]) =>
    filmClock({ num: num ?? 0, den: den ?? 0 })
  );
  assertEquals(clocks, [
    { timescale: 24000, frameTicks: 1001 },
    { timescale: 12800, frameTicks: 512 },
    { timescale: 30000, frameTicks: 1001 },
    { timescale: 15360, frameTicks: 256 },
    { timescale: 19184, frameTicks: 800 },
  ]);
});
