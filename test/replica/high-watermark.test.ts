import { expect, test } from "vitest";
import { Follower } from "../../src/replica/follower.ts";
import { committedEndOffset } from "../../src/replica/high-watermark.ts";

const MAX_LAG_MS = 30_000;

function follower(brokerId: number, fetchOffset: number, leaderEndOffset: number, nowMs: number): Follower {
  const state = new Follower(brokerId);
  state.fetched(fetchOffset, 0, 1, leaderEndOffset, nowMs);
  return state;
}

function committed(followers: Follower[], maximalIsr: number[], options: { nowMs?: number; eligible?: boolean } = {}) {
  return committedEndOffset({
    leaderEndOffset: 100,
    followers,
    maximalIsr,
    nowMs: options.nowMs ?? 0,
    replicaLagTimeMaxMs: MAX_LAG_MS,
    isEligible: () => options.eligible ?? true,
  });
}

test("without followers everything in the log is committed", () => {
  expect(committed([], [1])).toBe(100);
});

test("the slowest in-sync replica decides", () => {
  expect(committed([follower(2, 70, 100, 0), follower(3, 90, 100, 0)], [1, 2, 3])).toBe(70);
});

test("a replica out of sync holds nothing back", () => {
  expect(committed([follower(2, 10, 100, 0), follower(3, 90, 100, 0)], [1, 3], { nowMs: MAX_LAG_MS + 1 })).toBe(90);
});

test("a replica that is about to join the ISR is waited for, unless it is not eligible", () => {
  const joining = new Follower(2);
  joining.fetched(95, 0, 1, 95, 0);
  expect(committed([joining], [1])).toBe(95);
  expect(committed([joining], [1], { eligible: false })).toBe(100);
  expect(committed([joining], [1], { nowMs: MAX_LAG_MS + 1 })).toBe(100);
});

test("a member of the ISR that has not fetched from this leader yet holds everything back", () => {
  expect(committed([new Follower(2)], [1, 2])).toBe(-1);
});

test("a follower that always reads to where the log ended at its last fetch counts as caught up", () => {
  const steady = new Follower(2);
  steady.fetched(0, 0, 1, 100, 1_000);
  expect(steady.isCaughtUp(200, 40_000, MAX_LAG_MS)).toBe(false);
  steady.fetched(100, 0, 1, 200, 40_000);
  expect(steady.lastCaughtUpMs).toBe(1_000);
  steady.fetched(200, 0, 1, 300, 80_000);
  expect(steady.lastCaughtUpMs).toBe(40_000);
  expect(steady.isCaughtUp(300, 69_999, MAX_LAG_MS)).toBe(true);
});
