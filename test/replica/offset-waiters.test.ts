import { expect, test } from "vitest";
import { OffsetWaiters } from "../../src/replica/offset-waiters.ts";

function waiter(requiredOffset: number, log: string[]) {
  return { requiredOffset, settled: (errorCode: number) => void log.push(`${requiredOffset}:${errorCode}`) };
}

test("an advancing watermark settles exactly those it has reached, lowest offset first", () => {
  const log: string[] = [];
  const waiters = new OffsetWaiters();
  for (const offset of [10, 30, 20, 20]) waiters.add(waiter(offset, log));
  waiters.advance(9, 0);
  expect(log).toEqual([]);
  waiters.advance(20, 0);
  expect(log).toEqual(["10:0", "20:0", "20:0"]);
  expect(waiters.count).toBe(1);
});

test("a waiter that was removed is not settled", () => {
  const log: string[] = [];
  const waiters = new OffsetWaiters();
  const first = waiter(1, log);
  waiters.add(first);
  waiters.add(waiter(2, log));
  waiters.remove(first);
  waiters.failAll(6);
  expect(log).toEqual(["2:6"]);
});

test("a waiter may add another one while it is settled", () => {
  const log: string[] = [];
  const waiters = new OffsetWaiters();
  waiters.add({ requiredOffset: 1, settled: () => waiters.add(waiter(5, log)) });
  waiters.advance(9, 0);
  expect(waiters.count).toBe(1);
  waiters.advance(9, 0);
  expect(log).toEqual(["5:0"]);
});
