import { describe, expect, test } from "vitest";
import { placeReplicas, type UsableBroker } from "../../src/controller/replica-placer.ts";

/** A repeatable stream of integers. */
function chance(seed = 1) {
  let state = seed;
  return (below: number) => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

const first = () => 0;

function brokers(...ids: (number | [id: number, rack: string | null, fenced?: boolean])[]): UsableBroker[] {
  return ids.map((entry) => {
    const [id, rack, fenced] = typeof entry === "number" ? [entry, null, false] : [entry[0], entry[1], entry[2]];
    return { id, rack, fenced: fenced ?? false };
  });
}

function place(list: UsableBroker[], partitions: number, factor: number, random = chance()) {
  const placement = placeReplicas(list, partitions, factor, random);
  if ("problem" in placement) throw new Error(placement.problem);
  return placement.partitions;
}

describe("placing replicas", () => {
  test("puts every partition on the only broker", () => {
    expect(place(brokers(4), 3, 1)).toEqual([[4], [4], [4]]);
  });

  test("stripes over racks and brokers, each partition starting one further", () => {
    const list = brokers(
      [0, "A"],
      [1, "A"],
      [2, "A"],
      [10, "B"],
      [11, "B"],
      [12, "B"],
      [20, "C"],
      [21, "C"],
      [22, "C"],
    );
    expect(place(list, 4, 3, first)).toEqual([
      [0, 10, 20],
      [11, 21, 1],
      [22, 2, 12],
      [0, 10, 20],
    ]);
  });

  test("spreads leaders evenly and uses a broker once per partition", () => {
    const leaders = new Map<number, number>();
    for (const replicas of place(brokers(1, 2, 3, 4, 5), 100, 3)) {
      expect(new Set(replicas).size).toBe(3);
      leaders.set(replicas[0]!, (leaders.get(replicas[0]!) ?? 0) + 1);
    }
    expect([...leaders.values()]).toEqual([20, 20, 20, 20, 20]);
  });

  test("never lets a fenced broker lead, and uses it only when it is needed", () => {
    const list = brokers([1, "A"], [2, "A", true], [3, "A"]);
    for (const replicas of place(list, 20, 2)) expect(replicas).not.toContain(2);
    for (const replicas of place(list, 20, 3)) expect(replicas[2]).toBe(2);
    const otherRack = brokers([1, "A", true], [2, "B"]);
    expect(place(otherRack, 2, 2, first)).toEqual([
      [2, 1],
      [2, 1],
    ]);
  });

  test("keeps replicas in different racks while there are enough", () => {
    const list = brokers([1, "A"], [2, "A"], [3, "B"], [4, "B"], [5, null]);
    const rack = new Map(list.map((broker) => [broker.id, broker.rack]));
    for (const replicas of place(list, 50, 3)) expect(new Set(replicas.map((id) => rack.get(id))).size).toBe(3);
  });

  test.each([
    [
      brokers(1),
      2,
      "The target replication factor of 2 cannot be reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned.",
    ],
    [brokers([1, null, true]), 1, "All brokers are currently fenced."],
    [[], 1, "All brokers are currently fenced."],
    [brokers(1), 0, "Invalid replication factor 0: the replication factor must be positive."],
  ])("says why %j cannot hold %i replicas", (list, factor, problem) => {
    expect(placeReplicas(list, 1, factor, first)).toEqual({ problem });
  });
});
