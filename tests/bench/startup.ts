import { runOlive } from "../support/olive.ts";
import { type Bench, median } from "./bench.ts";

const RUNS = 9;

/** How long a person waits for the shortest answer. */
export const STARTUP_BENCHES: readonly Bench[] = [
  {
    name: "help",
    unit: "ms until `olive --help` has ended, median of 9",
    barMax: 150,
    async measure(): Promise<number> {
      const timesMs: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        const startedMs = performance.now();
        await runOlive(["--help"]);
        timesMs.push(performance.now() - startedMs);
      }
      return median(timesMs);
    },
  },
];
