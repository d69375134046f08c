import { expect, it } from "vitest";
import { ManualClock } from "../../adapters/simulator/index.ts";
import { CoordinatorTimers } from "../../src/coordinator/coordinator-timers.ts";

it("a timer that is moved to a later time, again and again, fires once and then", () => {
  const clock = new ManualClock();
  const timers = new CoordinatorTimers(clock);
  const fired: number[] = [];
  for (let beat = 0; beat < 10; beat++) {
    timers.schedule("session", 10_000, () => fired.push(clock.elapsed()));
    clock.advance(3000);
  }
  clock.advance(60_000);
  expect(fired).toEqual([27_000 + 10_000]);
  expect(timers.count).toBe(0);
});

it("a timer can be moved to an earlier time, and be cancelled", () => {
  const clock = new ManualClock();
  const timers = new CoordinatorTimers(clock);
  const fired: string[] = [];
  timers.schedule("a", 10_000, () => fired.push("late"));
  timers.schedule("a", 1000, () => fired.push("early"));
  timers.schedule("b", 1000, () => fired.push("cancelled"));
  timers.cancel("b");
  clock.advance(60_000);
  expect(fired).toEqual(["early"]);
});

it("what a timer schedules under its own name is not lost", () => {
  const clock = new ManualClock();
  const timers = new CoordinatorTimers(clock);
  let count = 0;
  const tick = (): void => {
    count++;
    timers.schedule("tick", 100, tick);
  };
  tick();
  clock.advance(1000);
  expect(count).toBe(11);
  timers.cancelAll();
  clock.advance(1000);
  expect(count).toBe(11);
});
