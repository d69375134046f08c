import { expect, test } from "vitest";
import { newOffsetOf } from "../../src/command/offset-reset-plan.ts";

/** Records 10 to 99; the group has consumed up to 50. */
const partition = { firstOffset: 10, endOffset: 100, committed: 50, offsetOfTimestamp: 70 };
const untouched = { ...partition, committed: undefined };

test("the ends, what is committed, and a time", () => {
  expect(newOffsetOf({ kind: "earliest" }, partition)).toEqual({ offset: 10 });
  expect(newOffsetOf({ kind: "latest" }, partition)).toEqual({ offset: 100 });
  expect(newOffsetOf({ kind: "current" }, partition)).toEqual({ offset: 50 });
  expect(newOffsetOf({ kind: "timestamp", timestampMs: 0 }, partition)).toEqual({ offset: 70 });
});

test("where nothing is committed, or no record is that young, it is the end", () => {
  expect(newOffsetOf({ kind: "current" }, untouched)).toEqual({ offset: 100 });
  const { offset, note } = newOffsetOf({ kind: "timestamp", timestampMs: 0 }, { ...partition, offsetOfTimestamp: -1 })!;
  expect([offset, note]).toEqual([100, "no record is that young: 100, the end, is taken"]);
});

test.each([
  [10, { offset: 10 }],
  [100, { offset: 100 }],
  [9, { offset: 10, note: "9 lies before the first record: 10 is taken" }],
  [101, { offset: 100, note: "101 lies behind the end: 100 is taken" }],
])("offset %i stays within what there is", (offset, expected) => {
  expect(newOffsetOf({ kind: "offset", offset }, partition)).toEqual(expected);
});

test("a shift counts from what is committed, and there must be something", () => {
  expect(newOffsetOf({ kind: "shift", by: -5 }, partition)).toEqual({ offset: 45 });
  expect(newOffsetOf({ kind: "shift", by: -50 }, partition)).toMatchObject({ offset: 10 });
  expect(newOffsetOf({ kind: "shift", by: 1 }, untouched)).toBeUndefined();
});
