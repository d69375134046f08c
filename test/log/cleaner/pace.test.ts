import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../adapters/simulator/index.ts";
import { IoThrottle } from "../../../src/log/cleaner/io-throttle.ts";
import { LoopPace } from "../../../src/log/cleaner/pace.ts";

function setUp(bytesPerSecond = Number.MAX_VALUE) {
  const clock = new ManualClock();
  const throttle = new IoThrottle(clock, bytesPerSecond);
  return { clock, throttle, pace: new LoopPace(clock, throttle) };
}

/** How long the rest takes, when others take `othersMs` in each turn of the loop. */
async function lengthOf(rest: Promise<void> | undefined, clock: ManualClock, limitMs = 100_000): Promise<number> {
  const startMs = clock.elapsed();
  let endMs: number | undefined;
  rest?.then(() => {
    endMs = clock.elapsed();
  });
  await clock.advanceWithPromises(limitMs, () => endMs !== undefined);
  return endMs! - startMs;
}

describe("a cleaning rests", () => {
  test("not before its slice is over, then for a turn of the loop", async () => {
    const { clock, pace } = setUp();
    expect(pace.rest(100)).toBeUndefined();
    clock.advance(0.4);
    expect(pace.rest(200)).toBeUndefined();
    clock.advance(0.2);
    const rest = pace.rest(300);
    expect(rest).toBeDefined();
    expect(await lengthOf(rest, clock, 0)).toBe(0);
    expect(pace.rest(400)).toBeUndefined();
  });

  test("longer than it works, while others use the loop", async () => {
    const { clock, pace } = setUp();
    clock.advance(1);
    const turn = pace.rest(0);
    // A request is served in the turn that was given to it.
    clock.stall(0.3);
    await turn;
    clock.advance(0.5);
    expect(await lengthOf(pace.rest(0), clock, 10)).toBeCloseTo(1);
    clock.advance(30);
    expect(await lengthOf(pace.rest(0), clock)).toBe(0);
  });

  test("so that it keeps to its rate of bytes, and takes a new one at once", async () => {
    const { clock, throttle, pace } = setUp(1_000);
    expect(await lengthOf(pace.rest(3_000), clock)).toBeCloseTo(3_000, -1);
    const rest = pace.rest(1_003_000);
    await clock.advanceWithPromises(500);
    throttle.setRate(1_000_000);
    expect(await lengthOf(rest, clock)).toBeLessThan(2_000);
  });

  test("no longer when it is stopped", async () => {
    const { clock, pace } = setUp(1);
    const rest = pace.rest(1_000_000);
    pace.stop();
    await rest;
    expect(clock.elapsed()).toBe(0);
  });

  test.each([0, -1])("a rate of %i is no limit", (bytesPerSecond) => {
    expect(setUp(bytesPerSecond).pace.rest(1e12)).toBeUndefined();
  });
});
