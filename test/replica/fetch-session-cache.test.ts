import { describe, expect, test } from "vitest";
import { ManualClock, SeededRandom } from "../../adapters/simulator/index.ts";
import { FetchPartition } from "../../src/replica/fetch-partition.ts";
import { FetchPartitionTable } from "../../src/replica/fetch-partition-table.ts";
import { FetchSessionCache } from "../../src/replica/fetch-session-cache.ts";

function setUp(slots: number) {
  const cache = new FetchSessionCache({ clock: new ManualClock(), random: new SeededRandom(1), slots });
  const open = () => {
    const partitions = new FetchPartitionTable(false);
    partitions.add(new FetchPartition("t", "", 0));
    return cache.maybeCreate(false, false, partitions);
  };
  const openedOf = (count: number) => Array.from({ length: count }, open).filter((session) => session !== undefined);
  return { cache, open, openedOf };
}

describe("the slots of fetch sessions", () => {
  test.each([
    { slots: 0, kept: 0 },
    { slots: 3, kept: 0 },
    { slots: 7, kept: 0 },
    { slots: 8, kept: 8 },
    { slots: 15, kept: 8 },
    { slots: 1_000, kept: 1_000 },
  ])("are divided by eight: of $slots, $kept are used", ({ slots, kept }) => {
    const { cache, openedOf } = setUp(slots);
    expect(openedOf(kept + 16)).toHaveLength(kept);
    expect(cache.size).toBe(kept);
  });

  test("are tried one part after the other, whether there is room or not", () => {
    const { cache, open, openedOf } = setUp(8);
    const sessions = openedOf(8);
    cache.remove(sessions[1]!.id);
    expect(open()).toBeUndefined();
    expect(open()).toBeDefined();
    cache.remove(sessions[0]!.id);
    expect(openedOf(6)).toEqual([]);
    expect(open()).toBeDefined();
  });

  test("hold sessions with ids that are positive, distinct and found again", () => {
    const { cache, openedOf } = setUp(1_000);
    const ids = openedOf(1_000).map(({ id }) => id);
    expect(new Set(ids).size).toBe(1_000);
    expect(ids.every((id) => id > 0 && id <= 0x7fffffff && cache.get(id)?.id === id)).toBe(true);
  });

  test("know no session of an id that is none", () => {
    const { cache, open } = setUp(8);
    open();
    for (const id of [-2_147_483_648, -1, 0, 0x7fffffff]) {
      expect(cache.get(id)).toBeUndefined();
      cache.remove(id);
    }
    expect(cache.size).toBe(1);
  });
});
