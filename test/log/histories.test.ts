import { expect, test } from "vitest";
import { LogHistory } from "./log-history.ts";

/** More on demand: POLYLOG_LOG_HISTORIES=100000, from POLYLOG_LOG_HISTORIES_FROM=1 on; one alone: POLYLOG_LOG_HISTORY=4711. */
const count = Number(process.env.POLYLOG_LOG_HISTORIES ?? 200);
const first = Number(process.env.POLYLOG_LOG_HISTORIES_FROM ?? 1);
const only = process.env.POLYLOG_LOG_HISTORY;
const seeds = only === undefined ? Array.from({ length: count }, (_, index) => first + index) : [Number(only)];

test(`${seeds.length} histories: nothing that was vouched for is lost, whatever ends a process`, {
  timeout: 1e9,
}, async () => {
  for (const seed of seeds) {
    const history = new LogHistory(seed);
    try {
      await history.run(60);
    } catch (error) {
      expect.fail(`seed ${seed}:\n${history.steps.join("\n")}\n${(error as Error).stack}`);
    }
  }
});
