import { assert, assertEquals } from "@std/assert";
import { drawRound, MASTER } from "./round_plan.ts";

const ROUNDS = Array.from({ length: 400 }, (_, seed) => drawRound(seed));

Deno.test("drawRound() draws the same round for the same seed, another for another", () => {
  assertEquals(drawRound(7), drawRound(7));
  assert(JSON.stringify(drawRound(7)) !== JSON.stringify({ ...drawRound(8), seed: 7 }));
});

Deno.test("drawRound() draws every kind of fault, on workers and on the master", () => {
  const seen = new Set(ROUNDS.flatMap(({ faults }) =>
    faults.map((fault) => {
      const how = "how" in fault ? `_${fault.how}` : "";
      return `${fault.kind}${how} ${fault.target === MASTER ? MASTER : "worker"}`;
    })
  ));
  assertEquals([...seen].sort(), [
    "bad_render_die worker",
    "bad_render_fail worker",
    "bad_render_hang worker",
    "bad_render_short worker",
    "clock_jump master",
    "clock_jump worker",
    "full_disk master",
    "full_disk worker",
    "kill master",
    "kill worker",
    "kill_renderer worker",
    "network_blackhole worker",
    "network_delay worker",
    "network_reset worker",
    "stop master",
    "stop worker",
    "stop_renderer worker",
  ]);
});

Deno.test("drawRound() never strikes a target that is still in another fault's hands", () => {
  for (const { faults } of ROUNDS) {
    for (const [index, fault] of faults.entries()) {
      const earlier = faults.slice(0, index).filter(({ target }) => target === fault.target);
      for (const { atSeconds, seconds } of earlier) assert(atSeconds + seconds < fault.atSeconds);
    }
  }
});

Deno.test("drawRound() breaks renders of one worker at most, unless nobody can render a range", () => {
  for (const { faults, class: roundClass, poison } of ROUNDS) {
    const failing = faults.filter(({ kind, target }) =>
      kind === "bad_render" || kind === "kill_renderer" ||
      (kind === "full_disk" && target !== MASTER)
    );
    assertEquals(failing.length, roundClass === "failures" ? 1 : 0);
    assertEquals(poison !== undefined, roundClass === "poison");
  }
});
