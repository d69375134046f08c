import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, expect, test } from "vitest";
import { LoopClock } from "../../adapters/shared/clock/loop-clock.ts";

/** A loop whose time stands still but for what a test says, in which each turn has input. */
const activity = { deliveries: 0 };
let nowMs: number;
let turns: (() => void)[];
let clock: LoopClock;

beforeEach(() => {
  nowMs = 0;
  turns = [];
  clock = new LoopClock(
    activity,
    (task) => turns.push(task),
    () => nowMs,
  );
});

/** Lets the runtime's timer fire so much later than it should, and answers when the due task runs. */
async function runsAtMs(lateMs: number, turnMs = 10): Promise<number> {
  let ranMs: number | undefined;
  clock.schedule(5, () => {
    ranMs = nowMs;
  });
  nowMs = 5 + lateMs;
  while (turns.length === 0) await sleep(1);
  while (ranMs === undefined) {
    nowMs += turnMs;
    activity.deliveries++;
    turns.shift()!();
  }
  return ranMs - 5;
}

test("what is due waits for a few turns of a loop that is never quiet", async () => {
  expect(await runsAtMs(0, 5)).toBe(40);
});

test("and not for turns that take long, as they do on a busy processor", async () => {
  expect(await runsAtMs(0, 40)).toBe(80);
});

test("input that came while the loop stood still for a moment holds what is due up for as long again", async () => {
  expect(await runsAtMs(300)).toBe(610);
});

test("after a stop of minutes input goes first for two seconds", async () => {
  expect(await runsAtMs(120_000)).toBe(122_010);
});

test("a stop while what is due waits for input is a stop, too", async () => {
  let hasRun = false;
  clock.schedule(5, () => {
    hasRun = true;
  });
  nowMs = 5;
  while (turns.length === 0) await sleep(1);
  nowMs += 3_000;
  turns.shift()!();
  expect(hasRun).toBe(false);
  for (let turn = 0; turn < 20; turn++) {
    activity.deliveries++;
    turns.shift()!();
    expect(hasRun).toBe(false);
  }
  turns.shift()!();
  turns.shift()!();
  expect(hasRun).toBe(true);
});
