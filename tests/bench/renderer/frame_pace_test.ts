import { assertEquals } from "@std/assert";
import { FramePace } from "./frame_pace.ts";
import { FAKE_MELT_DEFAULTS, type FakeMeltSettings } from "./settings.ts";

const SETTINGS: FakeMeltSettings = { ...FAKE_MELT_DEFAULTS, fps: 100 };
const END = { settings: SETTINGS, endFrame: 10_000 };

Deno.test("FramePace.advance() makes as many frames as the time allows, late looks included", () => {
  const pace = new FramePace(50, 0);
  assertEquals(pace.advance(9, END), 50);
  assertEquals(pace.advance(100, END), 60);
  assertEquals(pace.advance(900, END), 140);
});

Deno.test("FramePace.advance() stops at the end", () => {
  assertEquals(new FramePace(0, 0).advance(500, { ...END, endFrame: 7 }), 7);
});

Deno.test("FramePace.advance() goes through scenes at their speed", () => {
  const scenes = [{ startFrame: 10, endFrame: 20, factor: 0.5 }];
  const slow = { settings: { ...SETTINGS, scenes }, endFrame: 10_000 };
  const pace = new FramePace(0, 0);
  assertEquals([100, 300, 400].map((now) => pace.advance(now, slow)), [10, 20, 30]);
});

Deno.test("FramePace.advance() makes nothing while hung, and makes nothing good afterwards", () => {
  const pace = new FramePace(0, 0);
  pace.advance(100, END);
  assertEquals(pace.advance(600, { ...END, settings: { ...SETTINGS, isHung: true } }), 10);
  assertEquals(pace.advance(700, END), 20);
});

Deno.test("FramePace.advance() takes a long gap for a stop of the process", () => {
  const pace = new FramePace(0, 0);
  pace.advance(100, END);
  assertEquals(pace.advance(60_100, END), 110);
});
