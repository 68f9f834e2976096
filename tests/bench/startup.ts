import { runOlive } from "../support/olive.ts";
import { type Bench, type Measurement, median } from "./bench.ts";

const RUNS = 9;

/** How long a person waits for the shortest answer. */
export const STARTUP_BENCHES: readonly Bench[] = [
  {
    name: "help",
    what: `\`olive --help\`, median of ${RUNS}`,
    unit: "ms",
    bar: { kind: "at most", value: 150 },
    async measure(): Promise<Measurement> {
      const timesMs: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        const startedMs = performance.now();
        await runOlive(["--help"]);
        timesMs.push(performance.now() - startedMs);
      }
      return { value: median(timesMs), details: { slowestMs: Math.max(...timesMs) } };
    },
  },
];
