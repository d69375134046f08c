import { expect, test } from "vitest";
import { maxFetchWaitMs } from "../../src/raft/fetching.ts";
import { TIMEOUTS } from "./raft-options.ts";

test("a fetch of the metadata log waits as long as in Kafka's quorum, unless its timeouts are shorter than that", () => {
  expect(maxFetchWaitMs(TIMEOUTS)).toBe(500);
  expect(maxFetchWaitMs({ ...TIMEOUTS, fetchTimeoutMs: 400 })).toBe(100);
  expect(maxFetchWaitMs({ ...TIMEOUTS, fetchTimeoutMs: 60_000 })).toBe(1_500);
  expect(maxFetchWaitMs({ ...TIMEOUTS, requestTimeoutMs: 600 })).toBe(450);
});
