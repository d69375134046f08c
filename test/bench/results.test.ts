import { describe, expect, test } from "vitest";
import { Results } from "../../bench/results.ts";
import type { Figure, Goal } from "../../bench/workloads/workload.ts";
import { benchWorkload } from "./bench-workload.ts";

/** Of one figure, by column, round after round. */
function resultsOf(figure: Figure, goal: Goal | undefined, rounds: Readonly<Record<string, readonly number[]>>) {
  const workload = benchWorkload("produce", goal && [[figure, goal]]);
  const columns = Object.keys(rounds).filter((column) => !["apache-kafka again", "sink"].includes(column));
  const results = new Results([workload], columns);
  for (const [column, values] of Object.entries(rounds)) {
    for (const value of values) results.add(workload, column, new Map([[figure, value]]));
  }
  return { results, workload };
}

test("a cell is the median of its rounds, with half of what lies between the least and the greatest", () => {
  const { results, workload } = resultsOf("MB/s", undefined, { node: [100, 400, 200], bun: [10, 30] });
  expect(results.cell(workload, "node", "MB/s")).toEqual({ median: 200, spread: 0.75, values: [100, 400, 200] });
  expect(results.cell(workload, "bun", "MB/s")?.median).toBe(20);
  expect(results.cell(workload, "deno", "MB/s")).toBeUndefined();
  expect(results.figuresOf(workload)).toEqual(["MB/s"]);
});

describe("a goal", () => {
  const apache = { "apache-kafka": [100, 110, 90], "apache-kafka again": [105] };

  test("is reached within the noise, which is how far Apache Kafka is from itself", () => {
    const { results, workload } = resultsOf(
      "MB/s",
      { best: 1.3, every: 1 },
      { node: [125], bun: [96], deno: [110], ...apache },
    );
    expect(results.noise(workload, "MB/s")).toBeCloseTo(0.05);
    expect(results.verdict(workload, "MB/s")).toMatchObject({ best: 1.25, worst: 0.96, isMet: true });
  });

  test("is not reached by the best runtime alone, and not by the others alone", () => {
    for (const [node, bun] of [
      [150, 90],
      [120, 110],
    ] as const) {
      const { results, workload } = resultsOf("MB/s", { best: 1.3, every: 1 }, { node: [node], bun: [bun], ...apache });
      expect(results.verdict(workload, "MB/s")).toMatchObject({ isMet: false });
    }
  });

  test("of time, CPU or memory is reached from above", () => {
    const { results, workload } = resultsOf("p99, ms", { best: 0.7, every: 1 }, { node: [73], bun: [104], ...apache });
    expect(results.verdict(workload, "p99, ms")).toMatchObject({ best: 0.73, worst: 1.04, isMet: true });
  });

  test("has no verdict before every runtime was measured, nor without Apache Kafka", () => {
    const goal = { best: 1.3, every: 1 };
    const { results, workload } = resultsOf("MB/s", goal, { node: [150], bun: [], ...apache });
    expect(results.verdict(workload, "MB/s")).toBeUndefined();
    const alone = resultsOf("MB/s", goal, { node: [150] });
    expect(alone.results.verdict(alone.workload, "MB/s")).toBeUndefined();
  });
});

test("a load generator above 85 % of what it reaches against a sink is what was measured", () => {
  const { results, workload } = resultsOf("MB/s", undefined, { node: [84], bun: [86], sink: [100, 90, 110] });
  expect(results.isBound(workload, "node")).toBe(false);
  expect(results.isBound(workload, "bun")).toBe(true);
});
