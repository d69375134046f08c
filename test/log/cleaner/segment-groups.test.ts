import { expect, test } from "vitest";
import { groupSegments } from "../../../src/log/cleaner/segment-groups.ts";

const limits = { "segment.bytes": 100, "segment.index.bytes": 80 };

const segment = (baseOffset: number, sizeBytes: number, offsetIndexBytes = 0, timeIndexBytes = 0) => ({
  baseOffset,
  sizeBytes,
  offsetIndex: { sizeBytes: offsetIndexBytes },
  timeIndex: { sizeBytes: timeIndexBytes },
});

const grouped = (segments: readonly ReturnType<typeof segment>[], firstUncleanableOffset = 2 ** 40) =>
  groupSegments(segments, limits, firstUncleanableOffset).map((group) => group.map(({ baseOffset }) => baseOffset));

test("neighbours go together up to the size of one segment", () => {
  expect(grouped([segment(0, 60), segment(10, 40), segment(20, 1), segment(30, 99), segment(40, 1)])).toEqual([
    [0, 10],
    [20, 30],
    [40],
  ]);
});

test("a segment larger than one may be stays alone", () => {
  expect(grouped([segment(0, 500), segment(10, 1), segment(20, 500)])).toEqual([[0], [10], [20]]);
});

test("their indexes have to fit, too", () => {
  expect(grouped([segment(0, 1, 60), segment(10, 1, 20), segment(20, 1, 1)])).toEqual([[0, 10], [20]]);
  expect(grouped([segment(0, 1, 0, 60), segment(10, 1, 0, 20), segment(20, 1, 0, 1)])).toEqual([[0, 10], [20]]);
});

test("so do their offsets: they are told by 31 bits from the first one", () => {
  const far = 2 ** 31;
  expect(grouped([segment(0, 1), segment(far - 10, 1), segment(far, 1)])).toEqual([[0, far - 10], [far]]);
  expect(grouped([segment(0, 1), segment(far - 10, 1), segment(far + 1, 1)], far + 2)).toEqual([
    [0],
    [far - 10, far + 1],
  ]);
  expect(grouped([segment(0, 1), segment(far - 10, 1)], far + 1)).toEqual([[0], [far - 10]]);
  expect(grouped([segment(0, 1), segment(far - 10, 1)], far)).toEqual([[0, far - 10]]);
});

test("an empty segment fits wherever it is", () => {
  const far = 2 ** 31;
  expect(grouped([segment(0, 1), segment(2 * far, 0), segment(3 * far, 1)])).toEqual([[0, 2 * far], [3 * far]]);
});
