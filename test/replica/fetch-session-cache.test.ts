import { describe, expect, test } from "vitest";
import { ManualClock, SeededRandom } from "../../adapters/simulator/index.ts";
import { FetchPartition } from "../../src/replica/fetch-partition.ts";
import { FetchPartitionTable } from "../../src/replica/fetch-partition-table.ts";
import { nextEpoch } from "../../src/replica/fetch-session.ts";
import { FetchSessionCache } from "../../src/replica/fetch-session-cache.ts";

const TWO_MINUTES_MS = 120_000;

function setUp(slots: number) {
  const clock = new ManualClock();
  const cache = new FetchSessionCache({ clock, random: new SeededRandom(1), slots });
  const open = (size: number, isPrivileged = false) => {
    const partitions = new FetchPartitionTable(false);
    for (let index = 0; index < size; index++) partitions.add(new FetchPartition("t", "", index));
    return cache.maybeCreate(isPrivileged, false, partitions);
  };
  return { clock, cache, open };
}

describe("fetch session cache", () => {
  test("ids are positive, distinct, and found again", () => {
    const { cache, open } = setUp(100);
    const sessions = Array.from({ length: 100 }, () => open(1)!);
    expect(new Set(sessions.map((session) => session.id)).size).toBe(100);
    expect(sessions.every((session) => session.id > 0 && session.id <= 0x7fffffff)).toBe(true);
    expect(cache.get(sessions[7]!.id)).toBe(sessions[7]);
  });

  test("without slots nobody gets a session", () => {
    expect(setUp(0).open(10)).toBeUndefined();
  });

  test("a young session is not pushed out by a larger one", () => {
    const { clock, open } = setUp(1);
    open(1);
    clock.advance(TWO_MINUTES_MS);
    expect(open(1_000)).toBeUndefined();
  });

  test("an old session that is in use yields to a larger one only", () => {
    const { clock, cache, open } = setUp(1);
    const old = open(10)!;
    clock.advance(TWO_MINUTES_MS + 1);
    cache.touch(old);
    expect(open(10)).toBeUndefined();
    const larger = open(11)!;
    expect(cache.get(larger.id)).toBe(larger);
    expect(cache.get(old.id)).toBeUndefined();
    expect(cache.evictionCount).toBe(1);
  });

  test("a session that nobody has used for two minutes yields to any, the longest unused first", () => {
    const { clock, cache, open } = setUp(2);
    const first = open(100)!;
    const second = open(100)!;
    clock.advance(1);
    cache.touch(first);
    clock.advance(TWO_MINUTES_MS + 1);
    expect(open(1)).toBeDefined();
    expect(cache.get(second.id)).toBeUndefined();
    expect(cache.get(first.id)).toBe(first);
  });

  test("a follower takes the smallest consumer's slot at once, a consumer never a follower's", () => {
    const { clock, cache, open } = setUp(2);
    const small = open(1)!;
    const large = open(5)!;
    expect(open(3, true)).toBeDefined();
    expect(cache.get(small.id)).toBeUndefined();
    expect(open(2, true)).toBeDefined();
    expect(cache.get(large.id)).toBeUndefined();
    clock.advance(TWO_MINUTES_MS);
    expect(open(1_000)).toBeUndefined();
  });
});

test("session epochs wrap from the largest to 1 and stay final", () => {
  expect([0, 1, 0x7fffffff, -1].map(nextEpoch)).toEqual([1, 2, 1, -1]);
});
