/**
 * Measures what the README publishes, each against its bar. `deno task bench [NAME...]`.
 *
 * @module
 */
import { type Bench, MEASUREMENT_DIGITS } from "./bench.ts";
import { STARTUP_BENCHES } from "./startup.ts";

const BENCHES: readonly Bench[] = [...STARTUP_BENCHES];

let isGood = true;
for (const bench of BENCHES) {
  if (Deno.args.length > 0 && !Deno.args.includes(bench.name)) continue;
  const value = await bench.measure();
  const isWithin = value <= bench.barMax;
  isGood &&= isWithin;
  const verdict = isWithin ? "ok" : "MISSED";
  const figure = value.toPrecision(MEASUREMENT_DIGITS);
  console.log(`${verdict}  ${bench.name}: ${figure} ${bench.unit}, bar ${bench.barMax}`);
}
if (!isGood) Deno.exitCode = 1;
