import { expect, test } from "vitest";
import { StalledLogHistory } from "./stalled-log-history.ts";

/** More on demand: POLYLOG_STALLED_LOG_HISTORIES=10000; one alone: POLYLOG_STALLED_LOG_HISTORY=4711. */
const count = Number(process.env.POLYLOG_STALLED_LOG_HISTORIES ?? 10);
const only = process.env.POLYLOG_STALLED_LOG_HISTORY;
const seeds = only === undefined ? Array.from({ length: count }, (_, index) => 1 + index) : [Number(only)];

test(`${seeds.length} histories on a disk that hangs in the middle of anything: nothing is lost, and nothing else is there`, {
  timeout: 1e9,
}, async () => {
  for (const seed of seeds) {
    const history = new StalledLogHistory(seed);
    try {
      await history.run(30);
    } catch (error) {
      expect.fail(`seed ${seed}:\n${history.steps.join("\n")}\n${(error as Error).stack}`);
    }
  }
});
