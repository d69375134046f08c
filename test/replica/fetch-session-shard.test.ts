import { describe, expect, test } from "vitest";
import { ManualClock, SeededRandom } from "../../adapters/simulator/index.ts";
import { FetchPartition } from "../../src/replica/fetch-partition.ts";
import { FetchPartitionTable } from "../../src/replica/fetch-partition-table.ts";
import { nextEpoch } from "../../src/replica/fetch-session.ts";
import { FetchSessionShard } from "../../src/replica/fetch-session-shard.ts";

const TWO_MINUTES_MS = 120_000;
/** Hardly more than the sessions of a test: ids have to be tried. */
const IDS = 128;
const LOWEST_ID = 1_000;

function setUp(slots: number) {
  const clock = new ManualClock();
  const shard = new FetchSessionShard({
    clock,
    random: new SeededRandom(1),
    slots,
    ids: { lowest: LOWEST_ID, below: LOWEST_ID + IDS },
  });
  const open = (size: number, isPrivileged = false) => {
    const partitions = new FetchPartitionTable(false);
    for (let index = 0; index < size; index++) partitions.add(new FetchPartition("t", "", index));
    return shard.maybeCreate(isPrivileged, false, partitions);
  };
  return { clock, shard, open };
}

describe("a part of the fetch sessions", () => {
  test("ids are its own, distinct, and found again", () => {
    const { shard, open } = setUp(100);
    const sessions = Array.from({ length: 100 }, () => open(1)!);
    expect(new Set(sessions.map((session) => session.id)).size).toBe(100);
    expect(sessions.every((session) => session.id >= LOWEST_ID && session.id < LOWEST_ID + IDS)).toBe(true);
    expect(shard.get(sessions[7]!.id)).toBe(sessions[7]);
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
    const { clock, shard, open } = setUp(1);
    const old = open(10)!;
    clock.advance(TWO_MINUTES_MS + 1);
    shard.touch(old);
    expect(open(10)).toBeUndefined();
    const larger = open(11)!;
    expect(shard.get(larger.id)).toBe(larger);
    expect(shard.get(old.id)).toBeUndefined();
  });

  test("a session that nobody has used for two minutes yields to any, the longest unused first", () => {
    const { clock, shard, open } = setUp(2);
    const first = open(100)!;
    const second = open(100)!;
    clock.advance(1);
    shard.touch(first);
    clock.advance(TWO_MINUTES_MS + 1);
    expect(open(1)).toBeDefined();
    expect(shard.get(second.id)).toBeUndefined();
    expect(shard.get(first.id)).toBe(first);
  });

  test("a follower takes the smallest consumer's slot at once, a consumer never a follower's", () => {
    const { clock, shard, open } = setUp(2);
    const small = open(1)!;
    const large = open(5)!;
    expect(open(3, true)).toBeDefined();
    expect(shard.get(small.id)).toBeUndefined();
    expect(open(2, true)).toBeDefined();
    expect(shard.get(large.id)).toBeUndefined();
    clock.advance(TWO_MINUTES_MS);
    expect(open(1_000)).toBeUndefined();
  });
});

test("session epochs wrap from the largest to 1 and stay final", () => {
  expect([0, 1, 0x7fffffff, -1].map(nextEpoch)).toEqual([1, 2, 1, -1]);
});
