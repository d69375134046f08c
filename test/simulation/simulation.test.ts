import { expect, test } from "vitest";
import type { Checker } from "./checkers/checker.ts";
import { Simulation } from "./simulation.ts";

/** Long enough for a handful of faults; `npm run simulate` runs for longer. */
const HOURS = 1 / 60;

function simulate(seed: number, checkers?: readonly Checker[]) {
  return new Simulation({ seed, hours: HOURS, ...(checkers && { checkers }) }).run();
}

test.each([3, 12])(
  "a cluster of seed %i keeps its promises while faults strike",
  { timeout: 300_000 },
  async (seed) => {
    const report = await simulate(seed);
    expect(report.acknowledgedRecords).toBeGreaterThan(200);
    expect([...report.faults.values()].reduce((total, count) => total + count, 0)).toBeGreaterThan(2);
  },
);

test("the same seed gives the same run, judged or not, another seed another", { timeout: 300_000 }, async () => {
  const [first, again, other] = [await simulate(4), await simulate(4, []), await simulate(6)];
  expect(again).toEqual(first);
  expect(other.traceHash).not.toBe(first.traceHash);
});
