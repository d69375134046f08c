import { expect, test } from "vitest";
import type { Machine } from "../../bench/machine.ts";
import { chart } from "../../bench/report/chart.ts";
import { resultsJson } from "../../bench/report/json.ts";
import { table } from "../../bench/report/table.ts";
import { Results } from "../../bench/results.ts";
import { benchWorkload } from "./bench-workload.ts";
import { expectWellFormed } from "./well-formed.ts";

const machine: Machine = {
  processor: "A & B <2 cores>",
  cores: 2,
  memoryGigabytes: 24,
  system: "Linux 6.18",
  versions: { node: "26.10.0", "apache-kafka": "4.4.0 on Java 17" },
  commit: "1d6e538",
  date: "2026-11-28",
};

function measured(withApache: boolean): Results {
  const produce = benchWorkload("produce", [["MB/s", { best: 1.2, every: 1 }]]);
  const start = benchWorkload("start");
  const results = new Results([produce, start], withApache ? ["node", "apache-kafka"] : ["node"]);
  for (const round of [1, 2, 3]) {
    results.add(
      produce,
      "node",
      new Map([
        ["MB/s", 1_900 + round],
        ["broker CPU s/GB", 0.51],
      ]),
    );
    results.add(produce, "sink", new Map([["MB/s", 2_000]]));
    results.add(start, "node", new Map([["ms", 70 * round]]));
    if (!withApache) continue;
    results.add(produce, "apache-kafka", new Map([["MB/s", 951]]));
    results.add(produce, "apache-kafka again", new Map([["MB/s", 951]]));
  }
  return results;
}

test("the table has every figure of every workload, and what of them is the load generator's", () => {
  expect(table(measured(false))).toBe(
    [
      "                          node",
      "",
      "what produce does",
      "  MB/s              1,902* ±0%",
      "  broker CPU s/GB     0.51 ±0%",
      "",
      "what start does",
      "  ms                  140 ±50%",
    ].join("\n"),
  );
});

test("beside Apache Kafka it has the noise, the goal, and whether it was reached", () => {
  const [, , , line] = table(measured(true)).split("\n");
  expect(line!.split(/ {3,}/)).toEqual(["  MB/s", "1,902* ±0%", "951 ±0%", "0%", ">= 1.2 / 1", "2.00 / 2.00", "yes"]);
});

test("the JSON has every value of every round, with the ratios", () => {
  const { machine: told, rounds, isQuick, workloads } = JSON.parse(resultsJson(measured(true), machine, 3, true));
  expect({ told, rounds, isQuick }).toEqual({ told: machine, rounds: 3, isQuick: true });
  expect(workloads[0].figures[0]).toMatchObject({
    figure: "MB/s",
    columns: {
      node: { median: 1_902, values: [1_901, 1_902, 1_903], ratio: 2, isBound: true },
      "apache-kafka": { median: 951 },
      sink: { values: [2_000, 2_000, 2_000] },
    },
    noise: 0,
    isMet: true,
  });
});

test("the chart is an image that needs nothing else, with a bar for each broker", () => {
  const image = chart(measured(true), machine);
  expectWellFormed(image);
  expect(image).toContain("A &amp; B &lt;2 cores>");
  expect(image.match(/fill="var\(--node\)"/g)).toHaveLength(3);
  expect(image.match(/fill="var\(--apache-kafka\)"/g)).toHaveLength(3);
  expect(image).not.toContain("NaN");
  expectWellFormed(chart(measured(false), machine));
});
