import { describe, expect, test } from "vitest";
import { divergenceOffset } from "../../src/replica/fetcher/truncation.ts";

/** A log that ends at `logEndOffset` and knows where each epoch ends: the largest one not above the asked-for. */
function log(logEndOffset: number, ...ends: [epoch: number, offset: number][]) {
  return {
    logEndOffset,
    endOffsetForEpoch: (epoch: number) => {
      const end = ends.findLast(([known]) => known <= epoch);
      return end && { epoch: end[0], offset: end[1] };
    },
  };
}

describe("after a divergence a log ends", () => {
  test.each<[string, ReturnType<typeof log>, { epoch: number; offset: number }, number]>([
    ["where the leader's epoch ends", log(20, [1, 10], [2, 20]), { epoch: 2, offset: 15 }, 15],
    ["where its own part of the common epoch ends", log(20, [1, 10], [2, 20]), { epoch: 1, offset: 15 }, 10],
    [
      "where its largest smaller epoch ends, for another round",
      log(20, [1, 10], [3, 20]),
      { epoch: 2, offset: 18 },
      10,
    ],
    ["where the leader's log ends, without an epoch to compare", log(20), { epoch: 4, offset: 12 }, 12],
    ["where the leader's log ends, when that has no epochs", log(20, [1, 20]), { epoch: -1, offset: 12 }, 12],
    ["never beyond where it ends", log(20, [1, 20]), { epoch: 1, offset: 25 }, 20],
  ])("%s", (_, own, leader, offset) => {
    expect(divergenceOffset(own, leader)).toBe(offset);
  });
});
