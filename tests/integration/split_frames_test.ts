/**
 * The same frames come out alike wherever a film is cut into parts: pictures of the renderer alone,
 * without a farm.
 */
import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { frameHashes } from "../support/pixels.ts";
import { planProject, renderRange } from "../support/render_project.ts";
import { makeTemp } from "../support/temp.ts";

const FIXTURES = fromFileUrl(new URL("../fixtures/olive01/", import.meta.url));

function field(id: string, value: string | readonly [frame: number, value: number][]): string {
  if (typeof value === "string") return `<row><field id="${id}" value="${value}"/></row>`;
  const keys = value.map(([frame, key]) => `<key frame="${frame}" value="${key}" type="1"/>`);
  return `<row><field id="${id}" value="0">${keys.join("")}</field></row>`;
}

const TURNING = `<effect name="Distort/Transform" enabled="1">${
  field("posx", [[0, 40], [60, 280]])
}${field("scalex", "60")}${field("rotation", [[0, 0], [60, 90]])}${
  field("opacity", "70")
}</effect>`;
const DISSOLVE = `name="/Cross Dissolve" length="10" enabled="1"`;

/** Cuts, a shared dissolve, changed speed, playing backwards, another rate, a nested sequence, a still. */
const PROJECT = `<project><version>190219</version><media>
<footage id="1" name="t" url="t.mov"/><footage id="2" name="n25" url="n25.mp4"/>
<footage id="3" name="half" url="half.png"/></media><sequences>
<sequence id="1" name="Film" width="320" height="180" framerate="30" open="1">
<clip id="0" in="0" out="30" track="-1" media="1" stream="0"><closing ${DISSOLVE}/></clip>
<clip id="1" in="30" out="50" track="-1" media="1" stream="0" clipin="40" speed="1.37"><opening shared="0"/></clip>
<clip id="2" in="50" out="70" track="-1" media="1" stream="0" reverse="1" clipin="20"/>
<clip id="3" in="5" out="65" track="-2" media="2" stream="0">${TURNING}</clip>
<clip id="4" in="20" out="60" track="-3" sequence="2" clipin="5"><effect name="Distort/Transform" enabled="1">${
  field("scalex", "50")
}</effect></clip>
<clip id="5" in="10" out="55" track="-4" media="3" stream="0"><opening ${DISSOLVE}/></clip>
</sequence>
<sequence id="2" name="Nest" width="200" height="100" framerate="25">
<clip id="0" in="0" out="80" track="-1" media="2" stream="0" autoscale="1"/></sequence>
</sequences></project>`;

Deno.test("renderVideoPart() gives the same lossless frames however the film is cut", async () => {
  await using folder = await makeTemp("split");
  const plan = await planProject({ path: join(FIXTURES, "split.ove"), source: PROJECT });
  assertEquals(plan.lengthFrames, 70);
  const whole = await renderRange(plan, { range: { startFrame: 0, endFrame: 70 }, folder });
  const parts: string[] = [];
  const cuts = [0, 9, 24, 25, 33, 52, 63, 70];
  for (const [index, startFrame] of cuts.slice(0, -1).entries()) {
    const range = { startFrame, endFrame: cuts[index + 1] ?? startFrame };
    const threads = index % 2 + 1;
    parts.push(...await frameHashes(await renderRange(plan, { range, folder, threads })));
  }
  const expected = await frameHashes(whole);
  assertEquals(new Set(expected).size > 60, true, "nearly every frame is another picture");
  assertEquals(parts, expected);
});
